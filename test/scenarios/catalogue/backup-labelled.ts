import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const backupLabelled: Fault = {
  name: 'backup-labelled',
  says: 'A backup kills a container that has the label runnerwatch.maintenance.',
  world: { victim: { labels: { 'runnerwatch.maintenance': 'backup' } } },
  inject: async (world) => void (await world.docker('kill', world.container(victim))),
  repair: async (world) => void (await world.docker('start', world.container(victim))),
  expect: { verdict: 'stopped', ends: 'respected', holdsMs: 10_000 },
};
