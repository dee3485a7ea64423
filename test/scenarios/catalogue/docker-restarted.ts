import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../fault.ts';

const downMs = 1000;

export const dockerRestarted: Fault = {
  name: 'docker-restarted',
  says: 'The Docker daemon is restarted, and its containers with it.',
  endsJobs: true,
  dockerStarts: true,
  inject: ({ daemon, byHand }) =>
    byHand(async () => {
      daemon.signal('SIGTERM');
      await delay(downMs);
      await daemon.untilItAnswers();
    }),
  expect: { ends: 'itself', elsewhere: true },
};
