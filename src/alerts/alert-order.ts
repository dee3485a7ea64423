import type { Alert } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Alertmanager's order within a notification: by job, then by instance, then fewer labels first, then label by label. */
export function inOrder(alerts: readonly Alert[]): readonly Alert[] {
  return [...alerts].sort(
    ({ labels: a }, { labels: b }) => byLabel('job', a, b) || byLabel('instance', a, b) || compareLabels(a, b),
  );
}

/** One that has the label comes before one that has not. */
function byLabel(name: string, a: Labels, b: Labels): number {
  const [left, right] = [a[name], b[name]];
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  return compare(left, right);
}

/** Fewer labels first, then label by label. */
export function compareLabels(a: Labels, b: Labels): number {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  const fewer = Object.keys(a).length - Object.keys(b).length;
  if (fewer !== 0) return fewer;
  for (const name of names) {
    const [left, right] = [a[name], b[name]];
    if (left === undefined) return -1;
    if (right === undefined) return 1;
    if (left !== right) return compare(left, right);
  }
  return 0;
}
