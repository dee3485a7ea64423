import { TEST_TOKEN } from '../../support/github-emulator/index.ts';
import type { Fault } from '../fault.ts';

export const tokenWithoutPermission: Fault = {
  name: 'token-without-permission',
  says: "Runnerwatch's GitHub token may not read the runners any more.",
  inject: async ({ github }) => void github.addToken(TEST_TOKEN, { runners: 'none' }),
  repair: async ({ github }) => void github.addToken(TEST_TOKEN, {}),
  expect: {
    verdict: 'unknown',
    ends: 'paged',
    elsewhere: true,
    pages: [{ alert: 'GithubPermissionMissing', labels: {} }],
  },
};
