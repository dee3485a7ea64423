import type { Clock } from '../../lib/clock.ts';
import { createHttpClient, type HttpClient } from '../../lib/http.ts';
import type { Log } from '../../lib/log.ts';
import type { Audit } from '../../model/audit.ts';
import type { GithubRateLimit } from '../../model/github.ts';
import type { GithubScope } from '../../model/runner.ts';
import { createAsking } from './access.ts';
import { type AppOptions, createGithubApp } from './app.ts';
import { createBudget } from './budget.ts';
import { createCredentialCheck } from './check.ts';
import { createClient } from './client.ts';
import { createCredentialBook } from './credential-book.ts';
import { createExchange } from './exchange.ts';
import type { GithubSource } from './github-source.ts';
import { createInstallations } from './installations.ts';
import { createGithubMemory, type GithubMemory } from './memory.ts';
import { createMissingPermissions } from './permissions.ts';
import { createReader } from './reader.ts';
import { createReads } from './reads.ts';
import { createClockSkew } from './skew.ts';
import { createTurns } from './turns.ts';
import { createWrites } from './writes.ts';

export interface GithubOptions {
  /** `https://api.github.com`, or an Enterprise Server's `https://host/api/v3`. */
  readonly apiUrl: string;
  /** Read at each request, so that a rotated token is used at once; undefined where none is configured. */
  readonly token: (() => Promise<string | undefined>) | undefined;
  /** Used for repositories and organisations in the place of the token. */
  readonly app?: AppOptions | undefined;
  /** What is watched: whose credentials are checked. */
  readonly scopes?: readonly GithubScope[];
  /** The part of the hourly limit that polling may use. */
  readonly budgetRatio?: number;
  readonly audit?: Audit;
  /** What was known before this source was made; nothing where it is left out. */
  readonly memory?: GithubMemory;
  readonly clock: Clock;
  readonly log: Log;
  readonly userAgent: string;
  readonly http?: HttpClient;
  /** In [0, 1). */
  readonly random?: () => number;
}

export function createGithubSource(options: GithubOptions): GithubSource {
  const { token, app, scopes = [], clock, log, userAgent, http = createHttpClient(clock) } = options;
  const { budgetRatio: ratio = 0.1, audit = () => undefined, random = Math.random } = options;
  const apiUrl = options.apiUrl.replace(/\/+$/, '');
  const { memory = createGithubMemory({ clock }) } = options;
  const past = memory.at(apiUrl);
  const { limits, etags, windows, requests } = past;
  // The past knows others too, that were configured before.
  const own = new Set<string>();
  const ofOwn = <T extends { readonly credential: string }>(found: readonly T[]): readonly T[] =>
    found.filter(({ credential }) => own.has(credential));
  const rateLimits = (): readonly GithubRateLimit[] => ofOwn(limits.all());
  const { heldUntil } = limits;
  const budget = createBudget({ clock, ratio, limits: rateLimits, heldUntil, random, windows });
  const skew = createClockSkew(clock);
  const book = createCredentialBook(clock, audit);
  const permissions = createMissingPermissions();
  const client = createClient({ apiUrl, userAgent, http, clock, log });
  const count = (result: string): unknown => requests.set(result, (requests.get(result) ?? 0) + 1);
  const exchange = createExchange({ client, limits, budget, skew, clock, count });
  const uses = (credential: string, identity: string): void => {
    own.add(credential);
    if (past.uses(credential, identity)) permissions.forget(credential);
  };
  const githubApp = app && createGithubApp({ app, exchange, book, uses, skew, clock });
  const githubNow = (): number => clock.now() - skew.latest();
  const installations = githubApp && createInstallations({ app: githubApp, book, uses, githubNow });
  const asking = createAsking({ exchange, book, token, installations, uses });
  const inTurn = createTurns();
  const reads = createReads(createReader({ asking, etags, permissions, inTurn }), { apiUrl, scopes });
  const checkCredentials = createCredentialCheck({ asking, app: githubApp, book, limits, inTurn, token, scopes });

  return {
    available: () => (token || app ? undefined : 'no github.token and no github.app'),
    ...reads,
    ...createWrites({ asking, permissions, inTurn }),
    checkCredentials,
    credentials: book.all,
    rateLimits,
    holds: () => ofOwn(limits.holds()),
    missingPermissions: permissions.all,
    clockSkewMs: skew.usual,
    requests: () => requests,
    pace: budget.pace,
    stretch: budget.stretch,
  };
}
