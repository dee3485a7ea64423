import type { Fault } from '../fault.ts';

export const composeDown: Fault = {
  name: 'compose-down',
  says: 'Somebody takes the runners down with docker compose down.',
  endsJobs: true,
  inject: async (world) => void (await world.compose('down', '--timeout', '3')),
  repair: async (world) => void (await world.up('github-runner-1', 'github-runner-2')),
  expect: { verdict: 'stopped', ends: 'respected', holdsMs: 10_000 },
};
