import { fingerprint, type Labels } from '../model/labels.ts';
import type { VectorSample } from '../promql/value.ts';
import type { FoundAlert } from './alert-machine.ts';
import type { AlertingRule } from './rules.ts';
import { createRenderer, type TemplateScope } from './template.ts';

/** The alerts of one evaluation. Throws where two series make the same one: neither could be told from the other. */
export type AlertFinder = (samples: readonly VectorSample[], scope: TemplateScope) => readonly FoundAlert[];

interface Known extends FoundAlert {
  /** The rule's labels for it, as they were rendered. */
  readonly rendered: Labels;
}

/**
 * A rule's alerts from its samples. An evaluation mostly finds what the one before it found, with the same label
 * objects: then labels and fingerprint are not made again, nor texts that the same value gave.
 */
export function createAlertFinder(rule: AlertingRule): AlertFinder {
  const known = new WeakMap<Labels, Known>();
  const renderLabels = createRenderer(rule.labels);
  const renderAnnotations = createRenderer(rule.annotations);

  function foundAlert({ labels: own, value }: VectorSample, scope: TemplateScope): FoundAlert {
    const before = known.get(own);
    const isSame = before !== undefined && Object.is(before.value, value);
    const data = { labels: own, value };
    const rendered = isSame && renderLabels.isPure ? before.rendered : renderLabels.render(data, scope);
    const identity = before && areEqual(before.rendered, rendered) ? before : identityOf(rule, own, rendered);
    const annotations = isSame && renderAnnotations.isPure ? before.annotations : renderAnnotations.render(data, scope);
    if (isSame && identity === before && annotations === before.annotations) return before;
    const found = { fingerprint: identity.fingerprint, labels: identity.labels, annotations, value, rendered };
    known.set(own, found);
    return found;
  }

  return (samples, scope) => {
    const found = samples.map((sample) => foundAlert(sample, scope));
    if (new Set(found.map((alert) => alert.fingerprint)).size < found.length) {
      throw new Error('vector contains metrics with the same labelset after applying alert labels');
    }
    return found;
  };
}

function identityOf({ name }: AlertingRule, own: Labels, rendered: Labels): Pick<FoundAlert, 'fingerprint' | 'labels'> {
  const { __name__: _, ...kept } = own;
  const labels = withoutEmpty({ ...kept, ...rendered, alertname: name });
  return { fingerprint: fingerprint(labels), labels };
}

/** Of the same names. */
function areEqual(left: Labels, right: Labels): boolean {
  if (left === right) return true;
  for (const name in left) if (left[name] !== right[name]) return false;
  return true;
}

/** A label without a value is no label, in Prometheus as here. */
export function withoutEmpty(labels: Labels): Labels {
  const kept: Record<string, string> = {};
  for (const name in labels) if (labels[name]) kept[name] = labels[name];
  return kept;
}
