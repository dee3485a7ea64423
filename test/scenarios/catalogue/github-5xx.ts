import type { Fault } from '../fault.ts';
import { factor } from '../shorten.ts';

export const github5xx: Fault = {
  name: 'github-5xx',
  says: 'GitHub answers everything with 502 for an hour.',
  inject: async ({ github }) => void github.fail({ match: /./, status: 502, body: 'Bad Gateway' }),
  repair: async ({ github }) => github.clearFaults(),
  expect: {
    verdict: ['unknown', 'cut-off'],
    ends: 'paged',
    elsewhere: true,
    pages: [{ alert: 'GithubUnreachable', labels: {} }],
    holdsMs: 3_600_000 / factor,
  },
};
