import type { MetricDef } from '../../src/model/sample.ts';
import { type DescribedCollector, describedCollectors, ownFamilies } from './families.ts';
import { code, page, table } from './markdown.ts';

function metricRow({ name, type, labels, openLabels, help }: MetricDef): string[] {
  const names = [...labels.map(code), ...(openLabels ? ['allow-listed ones'] : [])].join(', ');
  return [code(name), type, names, help];
}

function metricTable(metrics: readonly MetricDef[]): string {
  const sorted = metrics.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return table(['metric', 'type', 'labels', 'help'], sorted.map(metricRow));
}

function collectorSection({ name, help, schedule, metrics }: DescribedCollector): string[] {
  const when = schedule === 'scrape' ? 'Read at every scrape and evaluation.' : 'Read on its own `interval`.';
  return [`## ${name}`, `${help} ${when}`, metricTable(Object.values(metrics))];
}

const intro = `Families that take the place of cAdvisor's, node_exporter's and blackbox_exporter's keep their names, labels and
units. A series that is not there is unknown: nothing is filled in.`;

/** docs/metrics.md: every family that /metrics may show. */
export function metricsPage(): string {
  return page('Metrics', 'the collectors', [
    intro,
    '## Runnerwatch itself',
    metricTable(ownFamilies()),
    ...Object.values(describedCollectors).flatMap(collectorSection),
  ]);
}
