import { killDuring, signal } from '../breakage.ts';
import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const killedInStart: Fault = {
  name: 'killed-in-start',
  says: 'Runnerwatch is killed while it starts a container that crashed.',
  world: { victim: { restart: 'no' } },
  async inject(world) {
    await signal(world, victim, 'entrypoint', 'KILL');
    await killDuring(world, ({ action }) => action === 'start');
  },
  expect: { verdict: 'crashed', actions: ['start'], mayAlso: ['reregister', 'restart'], ends: 'healed' },
};
