import type { Fault } from '../fault.ts';

/** Longer than the alert waits. */
const heldSeconds = 40;

export const githubRateLimit: Fault = {
  name: 'github-rate-limit',
  says: "GitHub's rate limit is used up.",
  inject: async ({ github }) =>
    void github.setRateLimit({ remaining: 0, reset: Math.ceil(Date.now() / 1000) + heldSeconds }),
  // It ends by itself.
  repair: async () => undefined,
  expect: {
    verdict: 'unknown',
    ends: 'paged',
    elsewhere: true,
    pages: [{ alert: 'GithubRateLimitHeld', labels: {} }],
  },
};
