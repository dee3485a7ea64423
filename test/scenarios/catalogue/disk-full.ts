import type { Fault } from '../fault.ts';
import { smallRoom } from '../small.ts';
import { victim } from '../world.ts';

export const diskFull: Fault = {
  name: 'disk-full',
  says: "The disk of the jobs' directory is full of what jobs left.",
  world: smallRoom('/home/runner/_work'),
  inject: async (world) =>
    void (await world.exec(victim, 'mkdir -p _work/old/old && head -c 105m /dev/zero >_work/old/old/build.img')),
  expect: { verdict: 'starved', actions: ['clean-up'], ends: 'healed' },
};
