import { describedCollectors, ownFamilies } from '../../scripts/docs/families.ts';

/** What Prometheus, and the embedded rules, add to what is scraped. */
const added = ['up', 'ALERTS', 'ALERTS_FOR_STATE'];

/** Every name that an expression may ask for. */
export function knownMetrics(): ReadonlySet<string> {
  const families = [
    ...Object.values(describedCollectors).flatMap(({ metrics }) => Object.values(metrics)),
    ...ownFamilies(),
  ];
  return new Set([...families.map(({ name }) => name), ...added]);
}
