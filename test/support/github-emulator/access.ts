import { type App, type Apps, type KnownInstallation, type Permissions, undecodable } from './apps.ts';
import type { Now } from './state.ts';
import { type Call, type Reply, refusal } from './wire.ts';

type Level = 'none' | 'read' | 'write';

export interface TokenFacts {
  /** What the token may do with self-hosted runners; `write` where absent. */
  readonly runners?: Level;
  /** With workflow runs and jobs; `write` where absent. */
  readonly actions?: Level;
  /** With repositories themselves; `read` where absent. */
  readonly metadata?: Level;
  /** ms since the epoch; told in `github-authentication-token-expiration`, and refused from then on. */
  readonly expires?: number;
  /** Owners, organisations and enterprises (`enterprises/<slug>`) that it sees; the rest is 404. All where absent. */
  readonly owners?: readonly string[];
}

/** What a route asks for; `jwt` for those that only an App itself may call. */
export type Permission =
  | 'administration'
  | 'organization_self_hosted_runners'
  | 'enterprise'
  | 'actions'
  | 'metadata'
  | 'jwt'
  | undefined;

/** Who calls, by a name for limits: two tokens of one installation have one limit. */
export type Caller =
  | { readonly kind: 'token'; readonly key: string; readonly facts: TokenFacts }
  | {
      readonly kind: 'installation';
      readonly key: string;
      readonly installation: KnownInstallation;
      readonly ends: number;
    }
  | { readonly kind: 'app'; readonly key: string; readonly app: App }
  | { readonly kind: 'nobody'; readonly key: string; readonly why: string };

export type Access = ReturnType<typeof createAccess>;

/** Who may call; `refuse` gives GitHub's refusal, or undefined where the call is allowed. */
export function createAccess(clock: Now, tokens: ReadonlyMap<string, TokenFacts>, apps: Apps) {
  function callerOf({ headers }: Call): Caller {
    if (headers.authorization === undefined) return { kind: 'nobody', key: 'nobody', why: 'Requires authentication' };
    const [, token = ''] = /^(?:token|bearer) (.+)$/i.exec(headers.authorization) ?? [];
    const facts = tokens.get(token);
    if (facts && clock.now() < (facts.expires ?? Number.POSITIVE_INFINITY)) return { kind: 'token', key: token, facts };
    const issued = apps.installationOf(token);
    if (issued) {
      const { installation, expires } = issued;
      return { kind: 'installation', key: `installation/${installation.id}`, installation, ends: expires };
    }
    if (token.split('.').length !== 3) return { kind: 'nobody', key: token, why: 'Bad credentials' };
    const app = apps.verifyJwt(token);
    return typeof app === 'string'
      ? { kind: 'nobody', key: 'app', why: app }
      : { kind: 'app', key: `app/${app.id}`, app };
  }

  function refuse(call: Call, caller: Caller, permission: Permission): Reply | undefined {
    if (caller.kind === 'nobody') return refusal(401, caller.why);
    if (caller.kind === 'app') return permission === 'jwt' ? undefined : refusal(401, 'Bad credentials');
    if (permission === 'jwt') return refusal(401, undecodable);
    return refuseBearer(call, caller, permission);
  }

  function refuseBearer(call: Call, caller: Bearer, permission: Permission): Reply | undefined {
    if (caller.kind === 'installation' && apps.isSuspended(caller.installation.id)) {
      return refusal(403, 'This installation has been suspended');
    }
    if (!sees(caller, call.path)) return refusal(404, 'Not Found');
    const wanted = call.method === 'GET' ? 'read' : 'write';
    return allows(caller, permission, wanted) ? undefined : notAccessible(caller, permission, wanted);
  }

  /** e.g. `2026-12-31 00:00:00 UTC`; GitHub tells it of personal tokens. */
  function headers(caller: Caller): Record<string, string> {
    const expires = caller.kind === 'token' ? caller.facts.expires : undefined;
    if (expires === undefined) return {};
    const text = new Date(expires).toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
    return { 'github-authentication-token-expiration': text };
  }

  return { callerOf, refuse, headers };
}

type Bearer = Extract<Caller, { kind: 'token' | 'installation' }>;

function sees(caller: Bearer, path: string): boolean {
  const owners = caller.kind === 'token' ? caller.facts.owners : [caller.installation.account];
  const [, kind, name = ''] = /^\/(repos|orgs|enterprises)\/([^/]+)/.exec(path) ?? [];
  // A public repository's releases are anybody's.
  if (owners === undefined || kind === undefined || path === '/repos/actions/runner/releases') return true;
  return owners.includes(kind === 'enterprises' ? `enterprises/${name}` : name);
}

function allows(caller: Bearer, permission: Permission, wanted: 'read' | 'write'): boolean {
  if (permission === undefined) return true;
  const level = caller.kind === 'token' ? levelOf(caller.facts, permission) : grant(caller.installation, permission);
  return level === 'write' || level === wanted;
}

function levelOf({ runners = 'write', actions = 'write', metadata = 'read' }: TokenFacts, wanted: Permission): Level {
  if (wanted === 'actions') return actions;
  return wanted === 'metadata' ? metadata : runners;
}

/** Every App may read metadata. */
function grant({ permissions }: { readonly permissions: Permissions }, wanted: string): Level {
  return permissions[wanted] ?? (wanted === 'metadata' ? 'read' : 'none');
}

function notAccessible(caller: Bearer, permission: Permission, wanted: string): Reply {
  const by = caller.kind === 'token' ? 'personal access token' : 'integration';
  // Enterprises know classic tokens only, whose scopes another header names.
  const headers: Record<string, string> =
    permission === 'enterprise'
      ? { 'x-accepted-oauth-scopes': 'admin:enterprise, manage_runners:enterprise' }
      : { 'x-accepted-github-permissions': `${permission}=${wanted}` };
  return refusal(403, `Resource not accessible by ${by}`, headers);
}
