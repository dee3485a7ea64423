import { killListener } from '../breakage.ts';
import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const listenerKilled: Fault = {
  name: 'listener-killed',
  says: 'The listener is killed, as by the kernel when memory is short.',
  inject: (world) => killListener(world, victim),
  expect: { verdict: 'unhealthy', actions: ['restart'], ends: 'healed' },
};
