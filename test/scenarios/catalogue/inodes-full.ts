import type { Fault } from '../fault.ts';
import { smallRoom } from '../small.ts';
import { victim } from '../world.ts';

export const inodesFull: Fault = {
  name: 'inodes-full',
  says: "The jobs' directory has no inodes left, for all that jobs left.",
  world: smallRoom('/home/runner/_work'),
  inject: async (world) =>
    void (await world.exec(victim, 'mkdir -p _work/old/old && cd _work/old/old && seq 16000 | xargs touch')),
  expect: { verdict: 'starved', actions: ['clean-up'], ends: 'healed' },
};
