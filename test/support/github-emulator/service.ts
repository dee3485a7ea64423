import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Now, RunnerRecord, State } from './state.ts';
import { type Call, type Handler, matchPath, type Reply } from './wire.ts';

const POLL_STEP_MS = 100;
const DEFAULT_LABELS = ['self-hosted', 'Linux', 'X64'];

interface ServiceParts {
  readonly state: State;
  readonly clock: Now;
  readonly oneHourTokens: ReadonlyMap<string, number>;
  /** Runners that are older get no session. */
  minimumVersion(): string;
  /** How long a listener's question for a job is held. */
  readonly longPollMs: number;
}

/**
 * What stands behind config.sh and the listener: the exchange of a one-hour token, and a protocol of ours for agents,
 * sessions, messages and jobs (GitHub's own is not public).
 */
export function createService(parts: ServiceParts): Handler {
  return (call) => {
    if (call.path === '/actions/runner-registration') return exchange(parts, call);
    const path = call.path.replace(/^\/_apis\/(.+)\/(agents|sessions|messages|jobs)/, '/$2');
    if (path === call.path) return undefined;
    const scope = decodeURIComponent(/^\/_apis\/([^/]+)\//.exec(call.path)?.[1] ?? '');
    return path.startsWith('/agents') ? agents(parts, call, path, scope) : listener(parts, call, path);
  };
}

function exchange({ oneHourTokens, clock }: ServiceParts, call: Call): Reply {
  const [, token = ''] = /^RemoteAuth (.+)$/.exec(call.headers.authorization ?? '') ?? [];
  if (!isValid(oneHourTokens, token, clock)) return { status: 404, body: { message: 'Not Found' } };
  const scope = new URL(String(call.body.url)).pathname.replace(/^\/|\/$/g, '');
  const url = `${call.origin}/_apis/${encodeURIComponent(scope)}`;
  return { status: 200, body: { url, token, token_schema: 'OAuthAccessToken' } };
}

function isValid(tokens: ReadonlyMap<string, number>, token: string, clock: Now): boolean {
  return clock.now() < (tokens.get(token) ?? 0);
}

function bearer(call: Call): string {
  return /^Bearer (.+)$/.exec(call.headers.authorization ?? '')?.[1] ?? '';
}

/** config.sh: adds and removes registrations. */
function agents({ state, clock, oneHourTokens }: ServiceParts, call: Call, path: string, scope: string): Reply {
  if (!isValid(oneHourTokens, bearer(call), clock)) return { status: 401 };
  const id = matchPath('/agents/:id', path)?.id;
  if (call.method === 'DELETE') return { status: state.remove(Number(id)) ? 204 : 404 };
  const name = String(call.body.name);
  const old = state.list().find((runner) => runner.scope === scope && runner.name === name);
  if (old && call.body.replace !== true)
    return { status: 409, body: { message: `A runner exists with the same name ${name}.` } };
  if (old) state.remove(old.id);
  const defaults = call.body.defaultLabels === false ? [] : DEFAULT_LABELS;
  const labels = [...new Set([...defaults, ...(call.body.labels as string[])])];
  const runner = state.add({
    scope,
    name,
    labels,
    ephemeral: call.body.ephemeral === true,
    version: String(call.body.version),
  });
  return { status: 200, body: { id: runner.id, clientId: runner.clientId } };
}

/** The listener proves itself by its client id; a registration that is gone is 404, as for the real one. */
function listener(parts: ServiceParts, call: Call, path: string): Reply | Promise<Reply> {
  const runner = parts.state.list().find(({ clientId }) => clientId === bearer(call));
  if (!runner) return { status: 404, body: { message: 'Runner was not found' } };
  if (path === '/sessions') return openSession(parts, runner, call);
  if (path === '/messages') return nextMessage(parts, runner, call);
  if (path.startsWith('/sessions/')) return closeSession(runner, path);
  return tellJob(parts, runner, call, path);
}

function openSession({ state, clock, minimumVersion }: ServiceParts, runner: RunnerRecord, call: Call): Reply {
  if (isOlder(String(call.body.version), minimumVersion())) return { status: 403, body: { message: 'deprecated' } };
  if (runner.session && state.isOnline(runner)) return { status: 409, body: { message: 'session already exists' } };
  runner.session = { id: randomUUID(), lastSeen: clock.now() };
  return { status: 200, body: { sessionId: runner.session.id } };
}

function closeSession(runner: RunnerRecord, path: string): Reply {
  if (path.endsWith(`/${runner.session?.id}`)) runner.session = undefined;
  return { status: 204 };
}

/** Holds the question for a while; 200 with a job, 202 with none, 410 where the session is not (or no more) its own. */
async function nextMessage(
  { state, clock, longPollMs }: ServiceParts,
  runner: RunnerRecord,
  call: Call,
): Promise<Reply> {
  for (let waited = 0; ; waited += POLL_STEP_MS) {
    if (call.gone() || !state.get(runner.id)) return { status: 404 };
    if (runner.session?.id !== call.query.get('sessionId')) return { status: 410 };
    runner.session = { id: runner.session?.id ?? '', lastSeen: clock.now() };
    const job = state.assign(runner);
    if (job) return { status: 200, body: { jobId: job.id, name: job.name, seconds: job.seconds } };
    if (waited >= longPollMs) return { status: 202 };
    await delay(POLL_STEP_MS, undefined, { ref: false });
  }
}

function tellJob({ state, clock }: ServiceParts, runner: RunnerRecord, call: Call, path: string): Reply {
  const [, id, verb] = /^\/jobs\/(\d+)\/(renew|complete)$/.exec(path) ?? [];
  const job = state.work.job(Number(id));
  if (!job || job.runnerId !== runner.id || job.status !== 'in_progress') return { status: 404 };
  job.renewedAt = clock.now();
  if (verb === 'complete') state.complete(job, conclusionOf(String(call.body.result)));
  return { status: 200, body: {} };
}

function conclusionOf(result: string): string {
  return { Succeeded: 'success', Canceled: 'cancelled' }[result] ?? 'failure';
}

function isOlder(version: string, minimum: string): boolean {
  return version.localeCompare(minimum, 'en', { numeric: true }) < 0;
}
