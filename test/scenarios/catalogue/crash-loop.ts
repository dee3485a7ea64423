import { killListener, replaceRun } from '../breakage.ts';
import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const crashLoop: Fault = {
  name: 'crash-loop',
  says: 'The container ends each time that Docker starts it again.',
  world: { env: { RUNNER_EXIT_ON_FAILURE: 'true' } },
  dockerStarts: true,
  async inject(world) {
    await replaceRun(world, victim, 'exit 1');
    await killListener(world, victim);
  },
  repair: async (world) => void (await world.up('--force-recreate', 'github-runner-1')),
  expect: {
    verdict: 'crash-looping',
    ends: 'paged',
    pages: [{ alert: 'RunnerCrashLooping', labels: { runner: victim } }],
  },
};
