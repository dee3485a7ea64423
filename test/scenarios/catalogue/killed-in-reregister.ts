import { killDuring, signal } from '../breakage.ts';
import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const killedInReregister: Fault = {
  name: 'killed-in-reregister',
  says: 'Runnerwatch is killed in the middle of a re-registration.',
  // The first step of the two would heal already.
  world: { settings: { recovery: { ladders: { zombie: ['reregister', 'restart', 'page'] } } } },
  async inject(world) {
    await signal(world, victim, 'listener', 'STOP');
    await killDuring(world, ({ action }) => action === 'reregister', 500);
  },
  expect: { verdict: 'zombie', actions: ['reregister'], mayAlso: ['restart'], ends: 'healed', withinMs: 240_000 },
};
