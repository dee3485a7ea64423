import { TEST_TOKEN } from '../../support/github-emulator/index.ts';
import type { Fault } from '../fault.ts';

export const tokenExpired: Fault = {
  name: 'token-expired',
  says: "Runnerwatch's GitHub token has ended.",
  inject: async ({ github }) => void github.addToken(TEST_TOKEN, { expires: Date.now() }),
  repair: async ({ github }) => void github.addToken(TEST_TOKEN, {}),
  expect: {
    verdict: 'unknown',
    ends: 'paged',
    elsewhere: true,
    pages: [{ alert: 'GithubCredentialRefused', labels: {} }],
  },
};
