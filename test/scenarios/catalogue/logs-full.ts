import type { Fault } from '../fault.ts';
import { smallRoom } from '../small.ts';
import { victim } from '../world.ts';

export const logsFull: Fault = {
  name: 'logs-full',
  says: "The runner's logs fill the disk that they are on.",
  world: smallRoom('/home/runner/_diag'),
  inject: async (world) =>
    void (await world.exec(victim, 'head -c 105m /dev/zero >_diag/Worker_20260101-000000-utc.log')),
  expect: { verdict: 'starved', actions: ['clean-up'], ends: 'healed' },
};
