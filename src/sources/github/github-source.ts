import type { GithubRunner, GithubScope } from '../../model/runner.ts';

/** GitHub's count for one of its rate-limited resources, as its last answer said. `resetAt` is ms since the epoch. */
export interface GithubRateLimit {
  readonly resource: string;
  readonly limit: number;
  readonly remaining: number;
  readonly resetAt: number;
}

/** GitHub's REST API, as far as runners need it. Calls are made one after another and throw a GithubError. */
export interface GithubSource {
  /** Why nothing can be asked (no token), or undefined where it is worth trying. */
  available(): string | undefined;
  /** All runners of the scope, over all pages. */
  listRunners(scope: GithubScope, signal: AbortSignal): Promise<readonly GithubRunner[]>;
  /** Empty before the first answer. */
  rateLimits(): readonly GithubRateLimit[];
}
