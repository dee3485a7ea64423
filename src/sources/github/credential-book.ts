import { createHash } from 'node:crypto';
import { type Clock, parseTime } from '../../lib/clock.ts';
import type { Audit } from '../../model/audit.ts';
import type { GithubCredential } from '../../model/github.ts';
import type { GithubError } from './github-error.ts';

/** What is known of each credential: whether GitHub takes it, and until when. Never the secret, only its digest. */
export interface CredentialBook {
  /** Lists the credential before its first use. */
  expect(name: string): void;
  /** Notes what is used from now on, in the place of another at times. */
  uses(name: string, secret: string): void;
  /** Throws what was refused, while it is too early to try the same again. */
  check(name: string): void;
  took(name: string, expiresAt?: number): void;
  refused(name: string, error: GithubError): void;
  /** A new one was made in the place of the old. */
  renewed(name: string, expiresAt: number): void;
  all(): readonly GithubCredential[];
}

interface Entry {
  readonly digest: string | undefined;
  readonly valid: boolean | undefined;
  readonly expiresAt: number | undefined;
  readonly refusal: { readonly error: GithubError; readonly until: number } | undefined;
}

/** GitHub shuts out for a while who comes too often with a credential that it does not take. */
const holdMs = 25_000;
const unknown: Entry = { digest: undefined, valid: undefined, expiresAt: undefined, refusal: undefined };

export function createCredentialBook(clock: Clock, audit: Audit): CredentialBook {
  const entries = new Map<string, Entry>();

  function update(name: string, change: Partial<Entry>): void {
    entries.set(name, { ...(entries.get(name) ?? unknown), ...change });
  }

  function tell(action: 'token-renewed' | 'token-refused', credential: string, message: string): void {
    const outcome = action === 'token-renewed' ? 'success' : 'failure';
    audit({ action, at: clock.now(), outcome, message, labels: { credential } });
  }

  return {
    expect: (name) => update(name, {}),
    uses(name, secret) {
      const digest = createHash('sha256').update(secret).digest('hex');
      const before = entries.get(name)?.digest;
      if (digest === before) return;
      update(name, { ...unknown, digest });
      if (before !== undefined) tell('token-renewed', name, `The credential ${name} was replaced by another.`);
    },
    check(name) {
      const refusal = entries.get(name)?.refusal;
      if (refusal && clock.monotonic() < refusal.until) throw refusal.error;
    },
    took(name, expiresAt) {
      update(name, { valid: true, refusal: undefined, ...(expiresAt !== undefined && { expiresAt }) });
    },
    refused(name, error) {
      const isNews = entries.get(name)?.valid !== false;
      update(name, { valid: false, refusal: { error, until: clock.monotonic() + holdMs } });
      if (isNews) tell('token-refused', name, `The credential ${name} does not serve: ${error.message}.`);
    },
    renewed(name, expiresAt) {
      update(name, { valid: true, refusal: undefined, expiresAt });
      tell('token-renewed', name, `A new token was made for ${name}.`);
    },
    all: () => [...entries].map(([name, { valid, expiresAt }]) => ({ name, valid, expiresAt })),
  };
}

/**
 * `github-authentication-token-expiration` as ms since the epoch: `2026-12-31 00:00:00 UTC`, or with an offset such as
 * `+0200`. Undefined where it is absent: the token does not end.
 */
export function expirationIn(header: string | undefined): number | undefined {
  const [, day, time, zone] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)\s*(UTC|Z|[+-]\d\d:?\d\d)$/.exec(header?.trim() ?? '') ?? [];
  if (day === undefined || zone === undefined) return undefined;
  const offset = /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(-2)}` : 'Z';
  const ms = parseTime(`${day}T${time}${offset}`);
  return Number.isNaN(ms) ? undefined : ms;
}
