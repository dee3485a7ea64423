import { killDuring, killListener } from '../breakage.ts';
import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const killedInRestart: Fault = {
  name: 'killed-in-restart',
  says: 'Runnerwatch is killed while it restarts a runner.',
  async inject(world) {
    await killListener(world, victim);
    await killDuring(world, ({ action }) => action === 'restart');
  },
  // Where the kill came before Docker was asked, the next step heals.
  expect: { verdict: 'unhealthy', actions: ['restart'], mayAlso: ['reregister'], ends: 'healed' },
};
