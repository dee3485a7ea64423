import { collectors } from '../../src/collectors/index.ts';
import type { MetricDef } from '../../src/model/sample.ts';
import { code, page, table } from './markdown.ts';

/** What is read of a collector, whatever its configuration and ports. */
interface Described {
  readonly name: string;
  readonly help: string;
  readonly schedule: string;
  readonly metrics: Readonly<Record<string, MetricDef>>;
}

function metricRow({ name, type, labels, openLabels, help }: MetricDef): string[] {
  const names = labels.map(code).join(', ');
  return [code(name), type, openLabels ? `${names} and allow-listed ones` : names, help];
}

function metricTable(metrics: readonly MetricDef[]): string {
  const sorted = metrics.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return table(['metric', 'type', 'labels', 'help'], sorted.map(metricRow));
}

function collectorSection({ name, help, schedule, metrics }: Described): string[] {
  const when = schedule === 'scrape' ? 'Read at every scrape and evaluation.' : 'Read on its own `interval`.';
  return [`## ${name}`, `${help} ${when}`, metricTable(Object.values(metrics))];
}

/** docs/metrics.md: every family that a collector may emit. */
export function metricsPage(): string {
  const described: readonly Described[] = Object.values(collectors);
  return page('Metrics', 'src/collectors', described.flatMap(collectorSection));
}
