import { createAppKey } from '../../support/github-emulator/index.ts';
import type { Fault } from '../fault.ts';

const key = createAppKey();
const installation = { id: 71, account: 'octo', permissions: { administration: 'write', actions: 'read' } } as const;

export const appKeyRevoked: Fault = {
  name: 'app-key-revoked',
  says: "The private key of Runnerwatch's GitHub App was revoked.",
  world: {
    github: { apps: [{ id: 7, publicKey: key.publicKey, installations: [installation] }] },
    settings: { github: { app: { id: 7, private_key: key.pkcs1 } } },
  },
  async inject({ github }) {
    github.revokeKey();
    // They would serve for the rest of their hour.
    github.revokeInstallationTokens();
  },
  expect: {
    verdict: 'unknown',
    ends: 'paged',
    elsewhere: true,
    pages: [{ alert: 'GithubCredentialRefused', labels: {} }],
  },
};
