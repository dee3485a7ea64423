import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const stoppedByPerson: Fault = {
  name: 'stopped-by-person',
  says: 'Somebody stops the container.',
  inject: async (world) => void (await world.docker('stop', world.container(victim))),
  repair: async (world) => void (await world.docker('start', world.container(victim))),
  expect: {
    verdict: 'stopped',
    ends: 'respected',
    pages: [{ alert: 'RunnerContainerStopped', labels: { runner: victim } }],
  },
};
