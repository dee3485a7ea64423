import { killDuring, reboot } from '../breakage.ts';
import type { Fault } from '../fault.ts';

export const killedInWait: Fault = {
  name: 'killed-in-wait',
  says: 'Runnerwatch is killed while it waits for a session conflict to end.',
  world: { github: { offlineAfterMs: 45_000 }, env: { STANDIN_CONFLICT_SECONDS: '3' } },
  working: [],
  dockerStarts: true,
  async inject(world) {
    await reboot(world);
    await killDuring(world, ({ action }) => action === 'wait', 1000);
  },
  expect: {
    verdict: 'session-conflict',
    victims: ['homelab-1', 'homelab-2'],
    actions: ['wait', 'restart'],
    ends: 'healed',
    withinMs: 240_000,
  },
};
