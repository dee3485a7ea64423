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
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  /** GitHub's own words. */
  readonly message: string;
}

/** `what` names the thing asked for, such as `runners of o/r`. Rate limits are told apart before: see rate-limits.ts. */
export function errorOf({ status, headers, message }: FailedAnswer, what: string): GithubError {
  const said = message.length > 200 ? `${message.slice(0, 200)}…` : message;
  if (status === 401) {
    return new GithubError('auth', `the token was refused: ${said}; it may be wrong, expired or revoked`);
  }
  if (status === 403) {
    return new GithubError('permission', `the token may not read ${what}: ${missing(headers) ?? said}`);
  }
  if (status === 404) {
    return new GithubError('not-found', `${what} not found, or the token may not see them (404)`);
  }
  if (status >= 500) return new GithubError('server', `GitHub failed with ${status} for ${what}`);
  return new GithubError('refused', `GitHub refused ${what} with ${status}: ${said}`);
}

/** GitHub says which permission would have done: `administration=read`, several ways parted by `;`. */
function missing(headers: FailedAnswer['headers']): string | undefined {
  const accepted = headers['x-accepted-github-permissions'];
  return accepted === undefined || accepted === '' ? undefined : `it needs the permission ${accepted}`;
}
