import type { Fault } from '../fault.ts';

export const githubHostDown: Fault = {
  name: 'github-host-down',
  says: "GitHub's host takes no connection.",
  inject: async ({ internet }) => internet.cut('github'),
  repair: async ({ internet }) => internet.mend(),
  expect: {
    verdict: 'cut-off',
    ends: 'paged',
    elsewhere: true,
    pages: [{ alert: 'PathBroken', labels: { hop: 'github' } }],
  },
};
