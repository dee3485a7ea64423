import { type EndpointName, githubEndpoints } from './endpoints.ts';

export type GithubFailure =
  | 'auth'
  | 'permission'
  | 'not-found'
  | 'rate-limit'
  | 'server'
  | 'network'
  | 'malformed'
  | 'refused';

/** Why GitHub gave no answer, said so that an operator can mend it. Never holds the token, nor the request. */
export class GithubError extends Error {
  override readonly name = 'GithubError';
  readonly failure: GithubFailure;
  /** For `rate-limit`: when GitHub may be asked again, in milliseconds since the epoch. */
  readonly retryAt: number | undefined;

  constructor(failure: GithubFailure, message: string, retryAt?: number) {
    super(message);
    this.failure = failure;
    this.retryAt = retryAt;
  }
}

/** An answer that was not the one hoped for. */
export interface FailedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** GitHub's own words, without any secret. */
  readonly message: string;
}

/** What was asked for: `what` names it, such as `the runners of o/r`. */
interface Asked {
  readonly endpoint: EndpointName;
  readonly what: string;
}

/** Of an answer with a status from 400 to 499. Rate limits are told apart before: see rate-limits.ts. */
export function errorOf({ status, headers, message }: FailedAnswer, { endpoint, what }: Asked): GithubError {
  const said = (message.length > 200 ? `${message.slice(0, 200)}…` : message).replace(/\.$/, '');
  if (status === 401) {
    return new GithubError('auth', `the token was refused: ${said}; it may be wrong, expired or revoked`);
  }
  if (status === 403) {
    const permission = permissionIn(headers);
    const mend = permission === undefined ? `${said}; ${needOf(endpoint)}` : `it needs ${kindOf(permission)}`;
    return new GithubError('permission', `the token may not read ${what}: ${mend}`);
  }
  if (status === 404) {
    return new GithubError('not-found', `${what} not found, or the token may not see them (404); ${needOf(endpoint)}`);
  }
  return new GithubError('refused', `GitHub refused ${what} with ${status}: ${said}`);
}

function needOf(endpoint: EndpointName): string {
  const { permission, classic } = githubEndpoints[endpoint];
  const ways = [permission, classic && `${classic} as a classic token`].filter((way) => way !== undefined);
  return `it needs ${ways.join(', or ')}`;
}

function kindOf(permission: string): string {
  return `the ${permission.includes('=') ? 'permission' : 'scope'} ${permission}`;
}

const permissionSet = /^[a-z_]+=[a-z]+(,\s*[a-z_]+=[a-z]+)*$/;

/**
 * GitHub says which permission would have done in `x-accepted-github-permissions`: `administration=read`, several at
 * once parted by `,`, several ways parted by `;`. https://github.blog/changelog/2023-08-10-x-accepted-github-permissions-header-for-fine-grained-permission-actors
 */
export function permissionIn(headers: FailedAnswer['headers']): string | undefined {
  const ways = (headers['x-accepted-github-permissions'] ?? '').split(';').map((way) => way.trim());
  const named = ways.filter((way) => permissionSet.test(way)).map((way) => way.replaceAll(/,\s*/g, ','));
  return oneOf(named) ?? oneOf(scopesMissing(headers).scopes);
}

/**
 * The scope that would have done where GitHub hides what is there: with a 404, and only for a classic token that has
 * none of those that are accepted. With one of them, the thing itself is what is missing.
 */
export function hiddenBy(headers: FailedAnswer['headers']): string | undefined {
  const { scopes, hasOne } = scopesMissing(headers);
  return hasOne || headers['x-oauth-scopes'] === undefined ? undefined : oneOf(scopes);
}

const scope = /^[a-z_]+(:[a-z_]+)?$/;

/**
 * For classic tokens GitHub says in `x-accepted-oauth-scopes` which scopes it looks for, and in `x-oauth-scopes` which
 * the token has.
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
 */
function scopesMissing(headers: FailedAnswer['headers']) {
  const has = new Set(listed(headers['x-oauth-scopes']));
  const accepted = listed(headers['x-accepted-oauth-scopes']).filter((one) => scope.test(one));
  const scopes = accepted.filter((one) => !has.has(one));
  return { scopes, hasOne: scopes.length < accepted.length };
}

function listed(header: string | undefined): readonly string[] {
  return (header ?? '').split(',').map((one) => one.trim());
}

/** It becomes a label: nothing long passes, and not endlessly many. */
function oneOf(ways: readonly string[]): string | undefined {
  const short = ways.filter((way) => way.length <= 100).slice(0, 4);
  return short.join(' or ') || undefined;
}
