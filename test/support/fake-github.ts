import type { GithubSource } from '../../src/sources/github/github-source.ts';

/** A source that knows nothing and refuses nothing, but for what a test gives it. */
export function fakeGithub(over: Partial<GithubSource> = {}): GithubSource {
  return {
    available: () => undefined,
    listRunners: async () => [],
    listRunnerGroups: async () => new Map(),
    expectedVersion: async () => undefined,
    listReleases: async () => [],
    listRepositories: async () => [],
    defaultBranch: async () => 'main',
    listRuns: async () => ({ runs: [], more: false }),
    listJobs: async () => [],
    createRegistrationToken: async () => 'AREGISTRATIONTOKEN',
    createJitConfig: async () => ({ config: 'ajitconfig', runnerId: 1 }),
    removeRunner: async () => true,
    removeLabels: async () => true,
    addLabels: async () => true,
    checkCredentials: async () => undefined,
    credentials: () => [],
    rateLimits: () => [],
    holds: () => [],
    missingPermissions: () => [],
    clockSkewMs: () => undefined,
    requests: () => new Map(),
    pace: (intervalMs) => intervalMs,
    stretch: () => 1,
    ...over,
  };
}
