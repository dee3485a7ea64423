import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const exited0: Fault = {
  name: 'exited-0',
  says: 'The container ends with 0, as one that was asked to, and its restart policy is no.',
  world: { victim: { restart: 'no' } },
  inject: (world) => world.byHand(async () => void (await world.exec(victim, 'kill -TERM 1').catch(() => ''))),
  repair: async (world) => void (await world.docker('start', world.container(victim))),
  expect: {
    verdict: 'stopped',
    ends: 'respected',
    pages: [{ alert: 'RunnerContainerStopped', labels: { runner: victim } }],
  },
};
