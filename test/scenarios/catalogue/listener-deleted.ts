import { killListener } from '../breakage.ts';
import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const listenerDeleted: Fault = {
  name: 'listener-deleted',
  says: 'An update that was cut off has deleted the listener.',
  async inject(world) {
    await world.exec(victim, 'rm bin/Runner.Listener');
    await killListener(world, victim);
  },
  repair: async (world) => void (await world.up('--force-recreate', 'github-runner-1')),
  expect: {
    verdict: 'unhealthy',
    actions: ['restart', 'reregister'],
    ends: 'paged',
    pages: [{ alert: 'RunnerNeedsPerson', labels: { runner: victim } }],
    withinMs: 300_000,
  },
};
