import { type Clock, parseTime, rfc3339 } from '../../lib/clock.ts';
import type { GithubHold, GithubRateLimit } from '../../model/github.ts';
import type { EndpointName } from './endpoints.ts';
import { type FailedAnswer, GithubError } from './github-error.ts';
import { any, type Hold, type Holds, usual } from './holds.ts';

type AnswerHeaders = FailedAnswer['headers'];

/** Who asks for what. */
export interface Use {
  readonly credential: string;
  readonly endpoint: EndpointName;
}

/** A count as `GET /rate_limit` gives it; `reset` is in seconds since the epoch. */
export interface ToldLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly reset: number;
}

/**
 * What GitHub's answers say of its limits, kept so that nobody asks while it would only be refused. Each credential
 * has limits of its own, and each of its resources.
 */
export interface RateLimits {
  /** Throws a GithubError with the time of the end while a limit holds. */
  check(use: Use): void;
  /** Notes the counts of an answer that was given. */
  answered(use: Use, headers: AnswerHeaders): void;
  /** Notes a refusal; the error to throw where it is a limit, undefined where it means something else. */
  refused(use: Use, answer: FailedAnswer): GithubError | undefined;
  /** Notes the counts that GitHub gave when it was asked for them; those of resources that are not used are left out. */
  told(use: Use, counts: Readonly<Record<string, ToldLimit>>, date: string | undefined): void;
  /** The credential is another now: the counts of the old one say nothing. */
  forget(credential: string): void;
  /** Until when the credential may not be used, ms since the epoch; undefined where it may. */
  heldUntil(credential: string): number | undefined;
  /** Those that are held now. */
  holds(): readonly GithubHold[];
  all(): readonly GithubRateLimit[];
}

/** Of one credential. */
interface Standing {
  readonly limits: Map<string, GithubRateLimit>;
  secondaryInRow: number;
}

/** GitHub's wish where it names no time: at least a minute, then longer each time. */
const secondaryMs = { first: 60_000, max: 15 * 60_000 };
/** GitHub has about 15; more is not GitHub. */
const maxResources = 32;

export function createRateLimits(clock: Clock, holds: Holds): RateLimits {
  const standings = new Map<string, Standing>();
  // Which resource a call counts against is known from its last answer.
  const resources = new Map<EndpointName, string>();

  function standingOf(credential: string): Standing {
    const known = standings.get(credential);
    if (known) return known;
    const fresh = { limits: new Map(), secondaryInRow: 0 };
    standings.set(credential, fresh);
    return fresh;
  }

  /** The hold where the count is used up. */
  function remember(limit: GithubRateLimit | undefined): Hold | undefined {
    if (!limit) return undefined;
    const { limits } = standingOf(limit.credential);
    if (limits.size >= maxResources && !limits.has(limit.resource)) return undefined;
    limits.set(limit.resource, limit);
    if (limit.remaining > 0) return undefined;
    const why = `the limit of ${limit.limit} requests an hour is used up`;
    return holds.put(limit.credential, limit.resource, limit.resetAt, why);
  }

  function note({ credential, endpoint }: Use, headers: AnswerHeaders): Hold | undefined {
    const limit = limitIn(credential, headers, clock);
    if (limit && resources.size < maxResources) resources.set(endpoint, limit.resource);
    return remember(limit);
  }

  function secondary({ credential }: Use, wished: number | undefined): Hold {
    const standing = standingOf(credential);
    const wait = wished ?? Math.min(secondaryMs.max, secondaryMs.first * 2 ** standing.secondaryInRow);
    standing.secondaryInRow = Math.min(standing.secondaryInRow + 1, 10);
    return holds.put(credential, any, clock.now() + wait, 'it was asked too often at once (secondary rate limit)');
  }

  return {
    check({ credential, endpoint }) {
      const held = holds.of(credential, resources.get(endpoint));
      if (held) throw limitError(held);
    },
    answered(use, headers) {
      standingOf(use.credential).secondaryInRow = 0;
      note(use, headers);
    },
    refused(use, { status, headers, message }) {
      const usedUp = note(use, headers);
      if (status !== 403 && status !== 429) return undefined;
      const wished = secondsOf(headers['retry-after']);
      const isSecondary = status === 429 || headers['retry-after'] !== undefined || /rate limit/i.test(message);
      if (usedUp && wished === undefined) return limitError(usedUp);
      if (!isSecondary) return undefined;
      const held = secondary(use, wished);
      return limitError(usedUp && usedUp.until > held.until ? usedUp : held);
    },
    told({ credential }, counts, date) {
      const used = new Set([usual, ...resources.values()]);
      for (const [resource, { limit, remaining, reset }] of Object.entries(counts)) {
        const resetAt = reset * 1000 + aheadBy(date, clock);
        if (used.has(resource)) remember({ credential, resource, limit, remaining, resetAt });
      }
    },
    forget: (credential) => void standings.delete(credential),
    heldUntil: (credential) => holds.of(credential, usual)?.until,
    holds: holds.all,
    all: () => [...standings.values()].flatMap(({ limits }) => [...limits.values()]),
  };
}

/** `retry-after` as milliseconds. */
function secondsOf(header: string | undefined): number | undefined {
  const seconds = header === undefined ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function limitError({ until, why }: Hold): GithubError {
  return new GithubError('rate-limit', `GitHub may not be asked until ${rfc3339(until)}: ${why}`, until);
}

function limitIn(credential: string, headers: AnswerHeaders, clock: Clock): GithubRateLimit | undefined {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((part) =>
    Number(headers[`x-ratelimit-${part}`] ?? Number.NaN),
  );
  if (!isCount(limit) || !isCount(remaining) || !isCount(reset)) return undefined;
  const resource = headers['x-ratelimit-resource'] ?? usual;
  return { credential, resource, limit, remaining, resetAt: reset * 1000 + aheadBy(headers.date, clock) };
}

/** The reset is told by GitHub's clock, which `date` gives: ours may be off. */
function aheadBy(date: string | undefined, clock: Clock): number {
  const theirs = parseTime(date ?? '');
  return Number.isNaN(theirs) ? 0 : clock.now() - theirs;
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}
