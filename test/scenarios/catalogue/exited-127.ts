import { replaceRun } from '../breakage.ts';
import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

export const exited127: Fault = {
  name: 'exited-127',
  says: 'The container ends with 127, because a program was missing at its start and is there at the next.',
  world: { env: { RUNNER_EXIT_ON_FAILURE: 'true' }, victim: { restart: 'no' } },
  async inject(world) {
    await replaceRun(world, victim, 'mv -f kept run.sh; exit 127');
    await world.docker('restart', world.container(victim));
  },
  expect: { verdict: 'crashed', actions: ['start'], ends: 'healed' },
};
