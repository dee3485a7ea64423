import { killDuring } from '../breakage.ts';
import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const killedInRemoval: Fault = {
  name: 'killed-in-removal',
  says: 'Runnerwatch is killed while it takes a ghost out of GitHub.',
  world: { settings: { recovery: { ghosts: { after: '65s' } } } },
  async inject(world) {
    await world.compose('rm', '--stop', '--force', 'github-runner-1');
    await killDuring(world, ({ action }) => action === 'remove-ghost');
  },
  expect: {
    verdict: 'ghost',
    actions: ['remove-ghost'],
    ends: 'healed',
    isHealed: ({ registration }) => registration(victim) === undefined,
    withinMs: 240_000,
  },
};
