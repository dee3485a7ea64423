import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const ghost: Fault = {
  name: 'ghost',
  says: 'A container was removed for good, and GitHub still lists its runner.',
  world: { settings: { recovery: { ghosts: { after: '65s' } } } },
  inject: async (world) => void (await world.compose('rm', '--stop', '--force', 'github-runner-1')),
  expect: {
    verdict: 'ghost',
    actions: ['remove-ghost'],
    ends: 'healed',
    isHealed: ({ registration }) => registration(victim) === undefined,
    withinMs: 240_000,
  },
};
