import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const healthCheckFailing: Fault = {
  name: 'health-check-failing',
  says: 'The health check fails, though the listener runs.',
  inject: async (world) => void (await world.exec(victim, 'touch .runnerwatch/ended')),
  expect: { verdict: 'unhealthy', actions: ['restart'], ends: 'healed' },
};
