import { killListener } from '../breakage.ts';
import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const exited1: Fault = {
  name: 'exited-1',
  says: 'The container ends with 1, as RUNNER_EXIT_ON_FAILURE makes it, and its restart policy is no.',
  world: { env: { RUNNER_EXIT_ON_FAILURE: 'true' }, victim: { restart: 'no' } },
  inject: (world) => killListener(world, victim),
  expect: { verdict: 'crashed', actions: ['start'], ends: 'healed' },
};
