import { type AnyProbe, bindProbes, Modules } from '../../src/collectors/modules.ts';
import { Targets } from '../../src/collectors/targets.ts';

/** Targets as the configuration would give them. */
export function targetsOf(...entries: readonly object[]) {
  return Targets.parse(entries);
}

/** Their probes with the built-in modules. */
export function probesOf(...entries: readonly object[]): readonly AnyProbe[] {
  return bindProbes(targetsOf(...entries), Modules.parse({}));
}
