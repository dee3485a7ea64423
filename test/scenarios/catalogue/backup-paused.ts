import { killListener } from '../breakage.ts';
import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const backupPaused: Fault = {
  name: 'backup-paused',
  says: 'A backup ends the listener for a while, and has told Runnerwatch with runners pause.',
  async inject(world) {
    const answer = await world.ask('/api/v1/runners/pause', {
      runner: victim,
      by: 'backup',
      for: '10m',
      reason: 'backup',
    });
    if (!answer.ok) throw new Error(`the pause was refused with ${answer.status}`);
    await killListener(world, victim);
  },
  async repair(world) {
    await world.docker('restart', world.container(victim));
    await world.untilWell([victim]);
    await world.ask('/api/v1/runners/release', { runner: victim, by: 'backup' });
  },
  expect: { verdict: 'unhealthy', ends: 'respected', holdsMs: 12_000 },
};
