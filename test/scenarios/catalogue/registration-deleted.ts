import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const registrationDeleted: Fault = {
  name: 'registration-deleted',
  says: 'Somebody takes the runner out of GitHub.',
  inject: async ({ github, registration }) => void github.removeRunner(registration(victim)?.id ?? 0),
  // A listener that is restarted before it was told that it is gone begins with its old registration: the next step heals.
  expect: { verdict: 'unregistered', actions: ['restart'], mayAlso: ['reregister'], ends: 'healed' },
};
