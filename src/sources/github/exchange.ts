import type { Clock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';
import { reasonOf } from '../../lib/log.ts';
import type { Budget } from './budget.ts';
import { type Client, CutOffError, type RawAnswer } from './client.ts';
import { type Call, githubEndpoints } from './endpoints.ts';
import { type FailedAnswer, GithubError } from './github-error.ts';
import type { RateLimits } from './rate-limits.ts';
import type { ClockSkew } from './skew.ts';

export interface Question extends Call {
  /** For messages: `the runners of o/r`. */
  readonly what: string;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  readonly signal: AbortSignal;
}

/** What a question is asked with. */
export interface Access {
  /** Its name: see GithubCredential. */
  readonly credential: string;
  readonly secret: string;
}

/** Says before each use whose the credential is; `identity` tells one from another of the same name. */
export type Uses = (credential: string, identity: string) => void;

/** JSON, or nothing with a 304. `message` is there for refusals. */
export interface Answer extends FailedAnswer {
  readonly data: unknown;
}

/** Settles for what GitHub itself answered below 500. Throws a GithubError for all else, or the signal's reason. */
export type Exchange = (question: Question, access: Access, etag?: string) => Promise<Answer>;

interface ExchangeDeps {
  readonly client: Client;
  readonly limits: RateLimits;
  readonly budget: Budget;
  readonly skew: ClockSkew;
  readonly clock: Clock;
  /** Told of each attempt: a status such as `200`, or `network`. */
  readonly count: (result: string) => void;
}

/** Paths that are remembered as failing; more are just asked more often. */
const maxFailing = 1000;
/** Three attempts and the waits between them; one that hangs is the last. */
const deadlineMs = 20_000;

/** One request, and what its answer teaches of limits, budget and clock. */
export function createExchange(deps: ExchangeDeps): Exchange {
  const { limits, budget, skew } = deps;
  // What failed the last time is asked once, and not three times: it goes on failing, and each attempt is charged.
  const failing = new Set<string>();

  async function send(question: Question, access: Access, etag: string | undefined): Promise<RawAnswer> {
    const { path } = question;
    // What changes something may have been done although no answer came back.
    const isOnce = failing.has(path) || question.body !== undefined || isRemoval(question);
    if (failing.size < maxFailing) failing.add(path);
    const raw = await attempt(deps, { ...question, isOnce }, access, etag);
    if (raw.status < 500) failing.delete(path);
    return raw;
  }

  return async (question, access, etag) => {
    const use = { credential: access.credential, endpoint: question.endpoint };
    limits.check(use);
    const raw = await send(question, access, etag);
    if (raw.status >= 500) {
      budget.failed();
      throw new GithubError('server', `GitHub failed with ${raw.status} for ${question.what}`);
    }
    const { status, headers } = raw;
    const isEmpty = status === 304 || status === 204;
    const data = isEmpty ? undefined : jsonIn(raw.text);
    const answer: Answer = { status, headers, data, message: withoutSecret(messageIn(data), access.secret) };
    const limited = status < 400 ? undefined : limits.refused(use, answer);
    if (limited) {
      budget.answered();
      throw limited;
    }
    if (!isEmpty && data === undefined) {
      budget.failed();
      throw new GithubError('malformed', `GitHub answered for ${question.what} with something that is ${notJson}`);
    }
    budget.answered();
    skew.note(headers.date);
    if (status < 400) limits.answered(use, headers);
    return answer;
  };
}

function isRemoval({ endpoint }: Question): boolean {
  return githubEndpoints[endpoint].method === 'DELETE';
}

const notJson = 'not JSON: is a proxy or a login page in between, or github.api_url wrong?';

async function attempt(
  deps: ExchangeDeps,
  question: Question & { readonly isOnce: boolean },
  { credential, secret }: Access,
  etag: string | undefined,
): Promise<RawAnswer> {
  const { endpoint, path, query, body, what, signal, isOnce } = question;
  const headers = {
    authorization: `Bearer ${secret}`,
    'x-github-api-version': '2022-11-28',
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
  };
  const attempted = (status: number | undefined): void => {
    deps.count(status === undefined ? 'network' : String(status));
    deps.budget.asked(credential, status !== undefined && status !== 304 && endpoint !== 'rateLimit');
  };
  const { method } = githubEndpoints[endpoint];
  try {
    return await withDeadline(deps.clock, { ms: deadlineMs, what: 'GitHub', signal }, (cut) =>
      deps.client({ method, target: path + query, body, headers, signal: cut, isOnce, attempted }),
    );
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    deps.budget.failed();
    const failure = error instanceof CutOffError && error.because === 'answer' ? 'malformed' : 'network';
    throw new GithubError(failure, `${what}: ${withoutSecret(reasonOf(error), secret)}`);
  }
}

/** The object or list that the text holds. */
function jsonIn(text: string): object | undefined {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === 'object' && data !== null ? data : undefined;
  } catch {
    return undefined;
  }
}

function messageIn(data: object | undefined): string {
  const hasMessage = data !== undefined && 'message' in data;
  return hasMessage && typeof data.message === 'string' ? data.message : 'without a reason that could be read';
}

/** A proxy in between may say what it was sent. */
function withoutSecret(text: string, secret: string): string {
  return text.replaceAll(secret, '[secret]');
}
