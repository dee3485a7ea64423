import { reboot } from '../breakage.ts';
import type { Fault } from '../fault.ts';

export const sessionConflict: Fault = {
  name: 'session-conflict',
  says: "After a reboot GitHub still holds the runners' old sessions, longer than their listeners try.",
  world: { github: { offlineAfterMs: 45_000 }, env: { STANDIN_CONFLICT_SECONDS: '3' } },
  working: [],
  dockerStarts: true,
  inject: reboot,
  expect: {
    verdict: 'session-conflict',
    victims: ['homelab-1', 'homelab-2'],
    actions: ['wait', 'restart'],
    ends: 'healed',
    withinMs: 240_000,
  },
};
