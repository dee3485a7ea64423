import { describedCollectors, ownFamilies } from '../../scripts/docs/families.ts';
import type { MetricDef } from '../../src/model/sample.ts';

/** What Prometheus, and the embedded rules, add to what is scraped. */
const added = ['up', 'ALERTS', 'ALERTS_FOR_STATE'];

/** Every name that an expression may ask for. */
export function knownMetrics(): ReadonlySet<string> {
  const families = [
    ...Object.values(describedCollectors).flatMap(({ metrics }) => Object.values(metrics)),
    ...ownFamilies(),
  ];
  return new Set([...families.flatMap(seriesOf), ...added]);
}

/** A histogram is asked for by its parts. */
function seriesOf({ name, type }: MetricDef): readonly string[] {
  return type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name];
}
