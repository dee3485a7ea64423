import { signal } from '../breakage.ts';
import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const exited137: Fault = {
  name: 'exited-137',
  says: "The container's first process is killed, and its restart policy is no.",
  world: { victim: { restart: 'no' } },
  inject: (world) => signal(world, victim, 'entrypoint', 'KILL'),
  expect: { verdict: 'crashed', actions: ['start'], ends: 'healed' },
};
