import { signal } from '../breakage.ts';
import type { Fault } from '../fault.ts';
import { quietWorld } from '../quiet.ts';
import { victim } from '../world.ts';

export const jobHung: Fault = {
  name: 'job-hung',
  says: 'A job does nothing any more for hours, and does not end.',
  world: quietWorld,
  working: ['victim', 'other'],
  inject: (world) => signal(world, victim, 'worker', 'STOP'),
  expect: {
    verdict: 'stuck-busy',
    ends: 'paged',
    pages: [{ alert: 'RunnerStuckBusy', labels: { runner: victim } }],
    withinMs: 300_000,
  },
};
