import { killListener } from '../breakage.ts';
import type { Fault } from '../fault.ts';

export const twoAtOnce: Fault = {
  name: 'two-at-once',
  says: 'Both listeners are killed at the same moment.',
  working: [],
  inject: async (world) =>
    void (await Promise.all([killListener(world, 'homelab-1'), killListener(world, 'homelab-2')])),
  expect: {
    verdict: 'unhealthy',
    victims: ['homelab-1', 'homelab-2'],
    actions: ['restart', 'restart'],
    ends: 'healed',
  },
};
