import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const versionDeprecated: Fault = {
  name: 'version-deprecated',
  says: "GitHub refuses the runner's version.",
  async inject(world) {
    world.github.setMinimumVersion('9.0.0');
    // The next session is refused.
    await world.docker('restart', world.container(victim));
  },
  async repair(world) {
    world.github.setMinimumVersion('0');
    await world.docker('restart', world.container(victim));
  },
  expect: {
    verdict: 'outdated',
    ends: 'paged',
    pages: [{ alert: 'RunnerVersionRefused', labels: { runner: victim } }],
  },
};
