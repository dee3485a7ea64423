import { type Clock, parseTime, rfc3339 } from '../../lib/clock.ts';
import type { GithubRateLimit } from '../../model/github.ts';
import { type FailedAnswer, GithubError } from './github-error.ts';

type AnswerHeaders = FailedAnswer['headers'];

/** What GitHub's answers say of its limits, kept so that nobody asks while it would only be refused. */
export interface RateLimits {
  /** Throws a GithubError with the time of the end while a limit holds. */
  check(): void;
  /** Notes the counts of an answer that was given. */
  answered(headers: AnswerHeaders): void;
  /** Notes a refusal; the error to throw where it is a limit, undefined where it means something else. */
  refused(answer: FailedAnswer): GithubError | undefined;
  all(): readonly GithubRateLimit[];
}

/** GitHub's wish where it names no time: at least a minute, then longer each time. */
const secondaryMs = { first: 60_000, max: 15 * 60_000 };
/** GitHub's windows are an hour; nothing that an answer says may silence us for longer than this. */
const maxBlockMs = 2 * 3_600_000;
/** GitHub has about 15; more is not GitHub. */
const maxResources = 32;

export function createRateLimits(clock: Clock): RateLimits {
  const limits = new Map<string, GithubRateLimit>();
  let blocked: { readonly until: number; readonly why: string } | undefined;
  let secondaryInRow = 0;

  function block(until: number, why: string): GithubError {
    blocked = { until: Math.min(until, clock.now() + maxBlockMs), why };
    return limitError(blocked);
  }

  function remember(headers: AnswerHeaders): GithubError | undefined {
    const limit = limitOf(headers, clock);
    if (!limit || (limits.size >= maxResources && !limits.has(limit.resource))) return undefined;
    limits.set(limit.resource, limit);
    return limit.remaining > 0
      ? undefined
      : block(limit.resetAt, `the limit of ${limit.limit} requests an hour is used up`);
  }

  return {
    check() {
      if (blocked && clock.now() < blocked.until) throw limitError(blocked);
      blocked = undefined;
    },
    answered(headers) {
      secondaryInRow = 0;
      remember(headers);
    },
    refused({ status, headers, message }) {
      const usedUp = remember(headers);
      if (status !== 403 && status !== 429) return undefined;
      if (usedUp) return usedUp;
      const retryAfter = headers['retry-after'];
      if (status === 403 && retryAfter === undefined && !/rate limit/i.test(message)) return undefined;
      const wait = secondsOf(retryAfter) ?? Math.min(secondaryMs.max, secondaryMs.first * 2 ** secondaryInRow);
      secondaryInRow = Math.min(secondaryInRow + 1, 10);
      return block(clock.now() + wait, 'it was asked too often at once (secondary rate limit)');
    },
    all: () => [...limits.values()],
  };
}

/** `retry-after` as milliseconds. */
function secondsOf(header: string | number | undefined): number | undefined {
  const seconds = header === undefined ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function limitError({ until, why }: { readonly until: number; readonly why: string }): GithubError {
  return new GithubError('rate-limit', `GitHub may not be asked until ${rfc3339(until)}: ${why}`, until);
}

/** The reset is told by GitHub's clock, which `date` gives: ours may be off. */
function limitOf(headers: AnswerHeaders, clock: Clock): GithubRateLimit | undefined {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((part) =>
    Number(headers[`x-ratelimit-${part}`] ?? Number.NaN),
  );
  if (!isCount(limit) || !isCount(remaining) || !isCount(reset)) return undefined;
  const date = parseTime(String(headers.date ?? ''));
  const skew = Number.isNaN(date) ? 0 : clock.now() - date;
  return {
    credential: 'token',
    resource: String(headers['x-ratelimit-resource'] ?? 'core'),
    limit,
    remaining,
    resetAt: reset * 1000 + skew,
  };
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}
