import { signal } from '../breakage.ts';
import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const listenerHung: Fault = {
  name: 'listener-hung',
  says: 'The listener is there and does nothing any more.',
  inject: (world) => signal(world, victim, 'listener', 'STOP'),
  expect: { verdict: 'zombie', actions: ['restart'], ends: 'healed' },
};
