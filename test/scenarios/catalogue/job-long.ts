import type { Fault } from '../fault.ts';
import { quietWorld } from '../quiet.ts';
import { victim } from '../world.ts';

const script = '/home/runner/long.sh';
/** A tenth of a processor. */
const work = 'while :; do timeout 0.2 bash -c "while :; do :; done"; sleep 1.8; done';

export const jobLong: Fault = {
  name: 'job-long',
  says: 'A job runs for hours, and works.',
  world: { ...quietWorld, env: { ...quietWorld.env, STANDIN_JOB_SCRIPT: script } },
  working: [],
  async inject({ exec, github }) {
    await exec(victim, `printf '%s\\n' '${work}' >${script}`);
    github.queueJob({ runner: victim, seconds: 3600 });
  },
  expect: { verdict: 'busy', ends: 'respected', never: ['stuck-busy'], holdsMs: 110_000 },
};
