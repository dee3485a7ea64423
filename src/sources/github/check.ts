import { z } from 'zod';
import type { GithubScope } from '../../model/runner.ts';
import type { Asking } from './access.ts';
import type { GithubApp } from './app.ts';
import type { CredentialBook } from './credential-book.ts';
import { call } from './endpoints.ts';
import { errorOf, GithubError } from './github-error.ts';
import type { RateLimits } from './rate-limits.ts';
import type { createTurns } from './turns.ts';

interface CheckDeps {
  readonly asking: Asking;
  readonly app: GithubApp | undefined;
  readonly token: unknown;
  readonly book: CredentialBook;
  readonly limits: RateLimits;
  readonly inTurn: ReturnType<typeof createTurns>;
  readonly scopes: readonly GithubScope[];
}

type Check = (signal: AbortSignal) => Promise<void>;

const Count = z.object({ limit: z.number(), remaining: z.number(), reset: z.number() });
const Counts = z.object({ resources: z.record(z.string(), Count) });

/** Uses each credential once, in ways that cost nothing. Throws what weighs most of all that failed. */
export function createCredentialCheck(deps: CheckDeps): (signal: AbortSignal) => Promise<void> {
  const { app, book, inTurn } = deps;
  const readers = onePerCredential(deps);
  if (readers.some((scope) => credentialKey(deps, scope) === 'token')) book.expect('token');
  if (app) book.expect('app');

  async function checkReader(scope: GithubScope, signal: AbortSignal): Promise<void> {
    const question = { ...call('rateLimit', {}), what: 'the rate limits', signal };
    const { answer, credential } = await deps.asking.ask(question, scope);
    // An Enterprise Server without rate limits has no such page, for those whom it lets in.
    if (answer.status === 404) return book.took(credential);
    if (answer.status !== 200) throw errorOf(answer, question);
    const counts = Counts.safeParse(answer.data);
    if (!counts.success) throw new GithubError('malformed', "GitHub's rate limits are not as documented");
    deps.limits.told({ credential, endpoint: 'rateLimit' }, counts.data.resources, answer.headers.date);
  }

  /** Throws at once what every other credential would meet too. */
  async function failureOf(check: Check, signal: AbortSignal): Promise<GithubError | undefined> {
    try {
      await inTurn(signal, () => check(signal));
      return undefined;
    } catch (error) {
      if (!(error instanceof GithubError) || isEverybodys(error)) throw error;
      // A limit that holds is no fault of the credential, and known.
      return error.failure === 'rate-limit' ? undefined : error;
    }
  }

  return async (signal) => {
    const ofReaders = readers.map((scope) => (cut: AbortSignal) => checkReader(scope, cut));
    const failures: GithubError[] = [];
    for (const check of app ? [app.check, ...ofReaders] : ofReaders) {
      const failure = await failureOf(check, signal);
      if (failure) failures.push(failure);
    }
    const worst = failures.find(({ failure }) => failure === 'auth') ?? failures[0];
    if (worst) throw worst;
  };
}

/** Where GitHub cannot be reached with one credential, the next would only wait as long. */
function isEverybodys({ failure }: GithubError): boolean {
  return ['network', 'server', 'malformed'].includes(failure);
}

/** A scope for each credential that reads any; where none is watched, the token is used all the same. */
function onePerCredential(deps: CheckDeps): readonly GithubScope[] {
  const found = new Map<string, GithubScope>();
  const watched = deps.scopes.filter((scope) => deps.token || credentialKey(deps, scope) !== 'token');
  for (const scope of watched) {
    const key = credentialKey(deps, scope);
    if (!found.has(key)) found.set(key, scope);
  }
  if (found.size === 0 && deps.token && !deps.app) return [{ kind: 'enterprise', name: '' }];
  return [...found.values()];
}

function credentialKey({ app }: CheckDeps, { kind, name }: GithubScope): string {
  return app && kind !== 'enterprise' ? `installation/${name.split('/')[0]}`.toLowerCase() : 'token';
}
