import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const registrationDeleted: Fault = {
  name: 'registration-deleted',
  says: 'Somebody takes the runner out of GitHub.',
  inject: async ({ github, registration }) => void github.removeRunner(registration(victim)?.id ?? 0),
  expect: { verdict: 'unregistered', actions: ['restart'], ends: 'healed' },
};
