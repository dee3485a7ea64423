import { createHash } from 'node:crypto';
import type { Access, Caller, Permission } from './access.ts';
import type { createSecondaryLimit, RateLimit, RateLimits } from './rate.ts';
import { type Call, type Handler, matchPath, type Reply, refusal } from './wire.ts';

export type Params = Readonly<Record<string, string>>;

/** One path of GitHub's public REST API. */
export interface Route {
  readonly method: string;
  readonly pattern: string;
  readonly permission: Permission;
  /** `:name` parts of the pattern are in `params`. */
  handle(call: Call, params: Params, caller: Caller): Reply;
}

interface RestParts {
  readonly routes: readonly Route[];
  readonly access: Access;
  readonly rates: RateLimits;
  readonly secondary: ReturnType<typeof createSecondaryLimit>;
  /** An Enterprise Server need not have limits: its answers then say none. */
  readonly limited: boolean;
}

/** GitHub's public REST API, as far as self-hosted runners and their work go. */
export function createRest(parts: RestParts): Handler {
  return (call) => {
    if (!/^\/(repos|orgs|enterprises|app|rate_limit)(\/|$)/.test(call.path)) return undefined;
    const caller = parts.access.callerOf(call);
    const rate = parts.rates.of(caller.key);
    const reply = answer(parts, call, caller, rate);
    const limits = parts.limited && caller.kind !== 'nobody' ? rate.headers() : {};
    return { ...reply, headers: { ...limits, ...parts.access.headers(caller), ...reply.headers } };
  };
}

function answer(parts: RestParts, call: Call, caller: Caller, rate: RateLimit): Reply {
  const { routes, access, secondary, limited } = parts;
  const found = routeOf(routes, call);
  const refused = access.refuse(call, caller, found?.route.permission);
  if (refused) return refused;
  if (call.path === '/rate_limit')
    return limited ? rateLimitReply(rate) : refusal(404, 'Rate limiting is not enabled.');
  const broken = secondary.broken(caller.key, call.method);
  if (broken) {
    const headers = broken.retryAfter === undefined ? {} : { 'retry-after': String(broken.retryAfter) };
    return refusal(broken.status ?? 403, 'You have exceeded a secondary rate limit.', headers);
  }
  if (!found) return refusal(404, 'Not Found');
  const work = () => found.route.handle(call, found.params, caller);
  return conditional(call, limited ? rate : undefined, work);
}

function routeOf(routes: readonly Route[], { method, path }: Call) {
  for (const route of routes) {
    const params = route.method === method ? matchPath(route.pattern, path) : undefined;
    if (params) return { route, params };
  }
  return undefined;
}

function rateLimitReply(rate: RateLimit): Reply {
  const { resource: _, ...core } = rate.facts();
  const search = { limit: 30, remaining: 30, used: 0, reset: core.reset };
  return { status: 200, body: { resources: { core, search }, rate: core } };
}

/** Answers 304 for nothing where the caller has the same text already; anything else costs one request. */
function conditional(call: Call, rate: RateLimit | undefined, work: () => Reply): Reply {
  if (rate?.facts().remaining === 0) return refusal(403, 'API rate limit exceeded for user ID 1.');
  const reply = work();
  const text = reply.lazy ? `${reply.lazy.key}${reply.headers?.link}` : JSON.stringify(reply);
  const etag = `W/"${createHash('sha256').update(text).digest('hex')}"`;
  const cacheable = call.method === 'GET' && reply.status === 200;
  if (cacheable && call.headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
  rate?.spend();
  return cacheable ? { ...reply, headers: { ...reply.headers, etag } } : reply;
}
