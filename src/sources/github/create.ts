import type { Clock } from '../../lib/clock.ts';
import { createHttpClient, type HttpClient } from '../../lib/http.ts';
import type { Log } from '../../lib/log.ts';
import type { GithubRunner, GithubScope } from '../../model/runner.ts';
import { createOctokit } from './client.ts';
import { GithubError } from './github-error.ts';
import type { GithubSource } from './github-source.ts';
import { createPageReader, type PageRequest } from './pages.ts';
import { createRateLimits } from './rate-limits.ts';
import { runnersPath } from './runners.ts';
import { createTurns } from './turns.ts';

interface GithubOptions {
  /** `https://api.github.com`, or an Enterprise Server's `https://host/api/v3`. */
  readonly apiUrl: string;
  /** Read at each request, so that a rotated token is used at once; undefined where none is configured. */
  readonly token: (() => Promise<string | undefined>) | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly userAgent: string;
  readonly http?: HttpClient;
}

const maxPages = 100;

export function createGithubSource(options: GithubOptions): GithubSource {
  const { token, clock, log, userAgent, http = createHttpClient(clock) } = options;
  const apiUrl = options.apiUrl.replace(/\/+$/, '');
  const limits = createRateLimits(clock);
  const octokit = createOctokit({ apiUrl, userAgent, http, log });
  const readPage = createPageReader({ octokit, token: token ?? (async () => undefined), limits, clock });
  const inTurn = createTurns();

  async function listRunners(scope: GithubScope, signal: AbortSignal): Promise<readonly GithubRunner[]> {
    const found = new Map<number, GithubRunner>();
    const request = { path: runnersPath(scope), what: `the runners of ${scope.name}`, signal };
    let query: string | undefined = '?per_page=100';
    for (let pages = 0; query !== undefined; pages++) {
      if (pages === maxPages) throw new GithubError('malformed', `${request.what} fill more than ${maxPages} pages`);
      const next: PageRequest = { ...request, query };
      const page = await inTurn(signal, () => readPage(next));
      // A runner that registers meanwhile moves others onto the next page: each counts once.
      for (const runner of page.runners) found.set(runner.id, runner);
      query = page.next;
    }
    return [...found.values()];
  }

  return {
    available: () => (token === undefined ? 'no github.token' : undefined),
    listRunners,
    rateLimits: limits.all,
    listRunnerGroups: async () => new Map(),
    expectedVersion: async () => undefined,
    listReleases: async () => [],
    listRepositories: async () => [],
    defaultBranch: async () => 'main',
    listRuns: async () => ({ runs: [], more: false }),
    listJobs: async () => [],
    checkCredentials: async () => undefined,
    credentials: () => [],
    missingPermissions: () => [],
    clockSkewMs: () => undefined,
    requests: () => new Map(),
    pace: (intervalMs) => intervalMs,
  };
}
