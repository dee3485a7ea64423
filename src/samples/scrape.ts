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
  return [
    ...samples.map(({ metric, labels, value }) => ({ labels: remembered(metric.name, labels, target), value })),
    up,
  ];
}

/** The last result per label object, so that a series that stays keeps its label object here too (see `nextPicture`). */
const results = new WeakMap<Labels, Labels>();

function remembered(metric: string, own: Labels, target: ScrapeTarget): Labels {
  const known = results.get(own);
  if (known?.__name__ === metric && known.job === target.job && known.instance === target.instance) return known;
  const labels = scraped(metric, own, target);
  results.set(own, labels);
  return labels;
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
