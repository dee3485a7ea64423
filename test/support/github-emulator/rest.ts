import { createHash, randomBytes } from 'node:crypto';
import type { createAccess } from './access.ts';
import type { RateLimit } from './rate.ts';
import type { Now, RunnerRecord, State } from './state.ts';
import { type Call, type Handler, matchPath, type Reply, refusal } from './wire.ts';

const HOUR_MS = 3_600_000;

interface RestParts {
  readonly state: State;
  readonly access: ReturnType<typeof createAccess>;
  readonly rate: RateLimit;
  readonly clock: Now;
  /** One-hour tokens for config.sh → when they end, ms since the epoch. */
  readonly oneHourTokens: Map<string, number>;
  /** The version that GitHub expects runners to have. */
  readonly version: string;
}

/** GitHub's public REST API, as far as self-hosted runners go. */
export function createRest(parts: RestParts): Handler {
  const { access, rate } = parts;
  return (call) => {
    if (!/^\/(repos|orgs|rate_limit)(\/|$)/.test(call.path)) return undefined;
    const refused = access.refuse(call);
    if (refused) return refused;
    const reply = call.path === '/rate_limit' ? rateLimitReply(rate) : charged(rate, call, () => route(parts, call));
    return { ...reply, headers: { ...rate.headers(), ...access.headers(call), ...reply.headers } };
  };
}

function rateLimitReply(rate: RateLimit): Reply {
  const { resource: _, ...core } = rate.facts();
  return { status: 200, body: { resources: { core }, rate: core } };
}

/** Answers 304 for nothing where the caller has the same text already; anything else costs one request. */
function charged(rate: RateLimit, call: Call, work: () => Reply): Reply {
  if (rate.facts().remaining === 0) return refusal(403, 'API rate limit exceeded for user ID 1.');
  const reply = work();
  const etag = `W/"${createHash('sha256').update(JSON.stringify(reply)).digest('hex')}"`;
  const cacheable = call.method === 'GET' && reply.status === 200;
  if (cacheable && call.headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
  rate.spend();
  return cacheable ? { ...reply, headers: { ...reply.headers, etag } } : reply;
}

function route(parts: RestParts, call: Call): Reply {
  const found = scopeOf(call.path);
  if (!found) return refusal(404, 'Not Found');
  const { scope, rest } = found;
  const action = `${call.method} ${rest}`;
  if (action === 'GET ') return listRunners(parts.state, call, scope);
  if (action === 'GET /downloads') return { status: 200, body: downloads(parts.version) };
  if (action === 'POST /registration-token' || action === 'POST /remove-token') return oneHourToken(parts);
  const id = matchPath('/:id', rest)?.id;
  const runner = parts.state.get(Number(id));
  if (!runner || runner.scope !== scope) return refusal(404, 'Not Found');
  if (call.method === 'GET') return { status: 200, body: describe(parts.state, runner) };
  if (call.method === 'DELETE') return deleteRunner(parts.state, runner);
  return refusal(404, 'Not Found');
}

/** `/repos/o/r/actions/runners/7` → scope `o/r`, rest `/7`. */
function scopeOf(path: string): { scope: string; rest: string } | undefined {
  const [, repo, organization, rest = ''] =
    /^\/(?:repos\/([^/]+\/[^/]+)|orgs\/([^/]+))\/actions\/runners(\/.*)?$/.exec(path) ?? [];
  const scope = repo ?? organization;
  return scope === undefined ? undefined : { scope, rest };
}

function listRunners(state: State, call: Call, scope: string): Reply {
  const name = call.query.get('name');
  const all = state.list().filter((runner) => runner.scope === scope && (name === null || runner.name === name));
  const size = Math.min(100, Math.max(1, Number(call.query.get('per_page') ?? 30)));
  const page = Math.max(1, Number(call.query.get('page') ?? 1));
  const runners = all.slice((page - 1) * size, page * size).map((runner) => describe(state, runner));
  const link = linkHeader(call, page, Math.ceil(all.length / size));
  return { status: 200, body: { total_count: all.length, runners }, ...(link && { headers: { link } }) };
}

function linkHeader(call: Call, page: number, pages: number): string | undefined {
  if (pages <= 1) return undefined;
  const steps = { prev: page - 1, next: page + 1, last: pages, first: 1 };
  const wanted = Object.entries(steps).filter(
    ([rel, to]) => to >= 1 && to <= pages && !(rel === 'last' && page === pages) && !(rel === 'first' && page === 1),
  );
  return wanted.map(([rel, to]) => `<${pageUrl(call, to)}>; rel="${rel}"`).join(', ');
}

function pageUrl(call: Call, page: number): string {
  const query = new URLSearchParams(call.query);
  query.set('page', String(page));
  return `${call.origin}${call.prefix}${call.path}?${query}`;
}

function describe(state: State, runner: RunnerRecord) {
  const { id, name, ephemeral, version } = runner;
  const labels = runner.labels.map((label, index) => ({
    id: index + 1,
    name: label,
    type: isDefault(label) ? 'read-only' : 'custom',
  }));
  const status = state.isOnline(runner) ? 'online' : 'offline';
  return { id, name, os: 'Linux', status, busy: state.isBusy(runner), labels, runner_group_id: 1, ephemeral, version };
}

function isDefault(label: string): boolean {
  return ['self-hosted', 'Linux', 'X64'].includes(label);
}

function deleteRunner(state: State, runner: RunnerRecord): Reply {
  if (state.isBusy(runner))
    return refusal(422, `Runner "${runner.name}" is currently running a job and cannot be deleted.`);
  state.remove(runner.id);
  return { status: 204 };
}

function oneHourToken({ oneHourTokens, clock }: RestParts): Reply {
  const token = randomBytes(15).toString('hex').toUpperCase();
  const ends = clock.now() + HOUR_MS;
  oneHourTokens.set(token, ends);
  return { status: 201, body: { token, expires_at: new Date(ends).toISOString() } };
}

function downloads(version: string) {
  return ['x64', 'arm64'].map((architecture) => {
    const filename = `actions-runner-linux-${architecture}-${version}.tar.gz`;
    const download_url = `https://github.com/actions/runner/releases/download/v${version}/${filename}`;
    return { os: 'linux', architecture, filename, download_url };
  });
}
