import { z } from 'zod';
import { parseTime } from '../../lib/clock.ts';
import type { GithubScope } from '../../model/runner.ts';
import type { GithubApp } from './app.ts';
import type { CredentialBook } from './credential-book.ts';
import { call, installationCall } from './endpoints.ts';
import type { Access, Answer, Uses } from './exchange.ts';
import { errorOf, GithubError } from './github-error.ts';

/** Tokens of the App's installations, one for each owner of repositories; each lives one hour. */
export interface Installations {
  /** The token for the scope's owner, made where there is none that lasts. Throws a GithubError. */
  access(scope: GithubScope, signal: AbortSignal): Promise<Access>;
  /** Forgets the token, which GitHub refused although it should still live. */
  drop(scope: GithubScope): void;
}

interface InstallationDeps {
  readonly app: GithubApp;
  readonly book: CredentialBook;
  readonly uses: Uses;
  /** By GitHub's clock, ms since the epoch: the tokens' ends are told by it. */
  readonly githubNow: () => number;
}

interface Installation {
  readonly id: number;
  readonly token?: { readonly secret: string; readonly expiresAt: number };
  /** Not renewed early before this, by GitHub's clock: that failed just now. */
  readonly notBefore?: number;
}

const renewBeforeMs = 5 * 60_000;
const retryMs = 30_000;

const Found = z.object({ id: z.int(), suspended_at: z.string().nullish() });
const Made = z.object({ token: z.string().min(1), expires_at: z.string() }).transform(({ token, expires_at }) => ({
  secret: token,
  expiresAt: parseTime(expires_at),
}));

export function createInstallations({ app, book, uses, githubNow }: InstallationDeps): Installations {
  const known = new Map<string, Installation>();

  async function renew(scope: GithubScope, signal: AbortSignal): Promise<Installation> {
    const held = known.get(keyOf(scope));
    const id = held?.id ?? (await find(scope, signal));
    let answer = await make(id, signal);
    // Removed and installed again, it has another id.
    if (answer.status === 404 && held) answer = await make(await find(scope, signal), signal);
    if (answer.status !== 201) throw refused(scope, answer);
    const made = Made.safeParse(answer.data);
    if (!made.success || Number.isNaN(made.data.expiresAt)) {
      throw new GithubError('malformed', `GitHub's token for ${nameOf(scope)} is not as documented`);
    }
    const installation = { id: known.get(keyOf(scope))?.id ?? id, token: made.data };
    known.set(keyOf(scope), installation);
    book.renewed(nameOf(scope), made.data.expiresAt);
    return installation;
  }

  function make(id: number, signal: AbortSignal): Promise<Answer> {
    return app.ask({ ...call('installationToken', { installation_id: id }), what: "an installation's token", signal });
  }

  async function find(scope: GithubScope, signal: AbortSignal): Promise<number> {
    const wasKnown = known.delete(keyOf(scope));
    const answer = await app.ask({ ...installationCall(scope), what: `App ${app.id} at ${scope.name}`, signal });
    const found = Found.safeParse(answer.data);
    if (answer.status === 404) throw notInstalled(scope, wasKnown);
    if (answer.status !== 200) throw refused(scope, answer);
    if (!found.success) throw new GithubError('malformed', `GitHub's installation for ${scope.name} has no id`);
    if (found.data.suspended_at) throw suspended(scope);
    known.set(keyOf(scope), { id: found.data.id });
    return found.data.id;
  }

  function refused(scope: GithubScope, answer: Answer): GithubError {
    if (answer.status === 403 && /suspended/i.test(answer.message)) return suspended(scope);
    return errorOf(answer, { endpoint: 'installationToken', what: nameOf(scope) });
  }

  /** The owner's other repositories may have it: only what served before counts as a credential that is refused. */
  function notInstalled(scope: GithubScope, wasKnown: boolean): GithubError {
    const mend = `install it for ${ownerOf(scope)} and let it see ${scope.name}`;
    const error = new GithubError('not-found', `App ${app.id} is not installed at ${scope.name} (404); ${mend}`);
    return wasKnown ? note(scope, error) : error;
  }

  function suspended(scope: GithubScope): GithubError {
    const owner = ownerOf(scope);
    const mend = `whoever suspended it there has to unsuspend it under Settings, GitHub Apps`;
    return note(scope, new GithubError('permission', `App ${app.id} is suspended at ${owner} (403); ${mend}`));
  }

  function note(scope: GithubScope, error: GithubError): GithubError {
    book.refused(nameOf(scope), error);
    return error;
  }

  return {
    async access(scope, signal) {
      uses(nameOf(scope), app.id);
      book.check(nameOf(scope));
      const held = known.get(keyOf(scope));
      const left = (held?.token?.expiresAt ?? 0) - githubNow();
      const isEarly = left > renewBeforeMs || (left > 0 && githubNow() < (held?.notBefore ?? 0));
      if (held && isEarly) return accessOf(scope, held);
      try {
        return accessOf(scope, await renew(scope, signal));
      } catch (error) {
        const isOver = signal.aborted || left <= 0 || !isPassing(error);
        if (!held || isOver) throw error;
        known.set(keyOf(scope), { ...held, notBefore: githubNow() + retryMs });
        return accessOf(scope, held);
      }
    },
    drop(scope) {
      const held = known.get(keyOf(scope));
      if (held) known.set(keyOf(scope), { id: held.id });
    },
  };
}

/** What may be over at the next try: the token that still lives serves until then. */
function isPassing(error: unknown): boolean {
  return error instanceof GithubError && ['network', 'server', 'rate-limit', 'malformed'].includes(error.failure);
}

function accessOf(scope: GithubScope, { token }: Installation): Access {
  return { credential: nameOf(scope), secret: token?.secret ?? '' };
}

function ownerOf({ name }: GithubScope): string {
  return name.split('/')[0] ?? name;
}

/** GitHub does not tell names by their case. */
function keyOf(scope: GithubScope): string {
  return ownerOf(scope).toLowerCase();
}

function nameOf(scope: GithubScope): string {
  return `installation/${ownerOf(scope)}`;
}
