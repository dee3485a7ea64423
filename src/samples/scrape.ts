import type { Labels } from '../model/labels.ts';
import type { Sample } from '../model/sample.ts';
import type { SeriesValue } from './series.ts';

/** Who a scrape is of: the labels that Prometheus would attach. */
export interface ScrapeTarget {
  readonly job: string;
  readonly instance: string;
}

/**
 * Samples as a scrape by Prometheus with `honor_labels: false` would store them: `job` and `instance` are the
 * target's, an own label of that name moves to `exported_…`, empty labels vanish, and `up` is 1.
 */
export function toSeries(samples: readonly Sample[], target: ScrapeTarget): readonly SeriesValue[] {
  const up: SeriesValue = { labels: { __name__: 'up', ...target }, value: 1 };
  return [...samples.map(({ metric, labels, value }) => ({ labels: scraped(metric.name, labels, target), value })), up];
}

function scraped(metric: string, own: Labels, { job, instance }: ScrapeTarget): Labels {
  const labels: Record<string, string> = { __name__: metric };
  for (const name in own) {
    const value = own[name];
    if (value) labels[name === 'job' || name === 'instance' ? exportedName(name, own) : name] = value;
  }
  labels.job = job;
  labels.instance = instance;
  return labels;
}

/** Prometheus prefixes again as long as the name is taken. */
function exportedName(name: string, own: Labels): string {
  const exported = `exported_${name}`;
  return own[exported] ? exportedName(exported, own) : exported;
}
