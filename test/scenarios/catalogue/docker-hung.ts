import type { Fault } from '../fault.ts';

export const dockerHung: Fault = {
  name: 'docker-hung',
  says: 'The Docker daemon takes connections and does not answer.',
  inject: async ({ daemon }) => daemon.signal('SIGSTOP'),
  repair: async ({ daemon }) => daemon.signal('SIGCONT'),
  expect: {
    verdict: 'unknown',
    ends: 'paged',
    elsewhere: true,
    pages: [{ alert: 'RunnerDockerUnreachable', labels: {} }],
  },
};
