import type { Now } from './state.ts';
import { type Call, type Reply, refusal } from './wire.ts';

export interface TokenFacts {
  /** What the token may do with self-hosted runners; `write` where absent. */
  readonly runners?: 'none' | 'read' | 'write';
  /** ms since the epoch; told in `github-authentication-token-expiration`, and refused from then on. */
  readonly expires?: number;
}

/** Who may call; `refuse` gives GitHub's refusal, or undefined where the call is allowed. */
export function createAccess(clock: Now, tokens: ReadonlyMap<string, TokenFacts>) {
  function factsOf({ headers }: Call): TokenFacts | undefined {
    const [, token] = /^(?:token|bearer) (.+)$/i.exec(headers.authorization ?? '') ?? [];
    const facts = token === undefined ? undefined : tokens.get(token);
    if (facts?.expires !== undefined && clock.now() >= facts.expires) return undefined;
    return facts;
  }

  function refuse(call: Call): Reply | undefined {
    if (call.headers.authorization === undefined) return refusal(401, 'Requires authentication');
    const facts = factsOf(call);
    if (!facts) return refusal(401, 'Bad credentials');
    const wanted = call.method === 'GET' ? 'read' : 'write';
    const { runners = 'write' } = facts;
    if (runners === 'write' || runners === wanted || call.path === '/rate_limit') return undefined;
    const permission = call.path.startsWith('/orgs/') ? 'organization_self_hosted_runners' : 'administration';
    const headers = { 'x-accepted-github-permissions': `${permission}=${wanted}` };
    return refusal(403, 'Resource not accessible by personal access token', headers);
  }

  /** e.g. `2026-12-31 00:00:00 UTC` */
  function headers(call: Call): Record<string, string> {
    const expires = factsOf(call)?.expires;
    if (expires === undefined) return {};
    const text = new Date(expires).toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
    return { 'github-authentication-token-expiration': text };
  }

  return { refuse, headers };
}
