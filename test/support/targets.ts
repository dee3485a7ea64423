import { Targets } from '../../src/collectors/targets.ts';

/** Targets as the configuration would give them. */
export function targetsOf(...entries: readonly object[]) {
  return Targets.parse(entries);
}
