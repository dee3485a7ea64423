import { randomBytes } from 'node:crypto';
import type { Permission } from './access.ts';
import type { Params, Route } from './rest.ts';
import type { Now, RunnerRecord, State } from './state.ts';
import { type Call, pageOf, type Reply, refusal } from './wire.ts';

const HOUR_MS = 3_600_000;
const DEFAULT_LABELS = ['self-hosted', 'Linux', 'X64'];

export interface RunnerGroup {
  /** An organisation, or `enterprises/<slug>`. */
  readonly scope: string;
  readonly id: number;
  readonly name: string;
}

interface RunnerParts {
  readonly state: State;
  readonly clock: Now;
  /** One-hour tokens for config.sh → when they end, ms since the epoch. */
  readonly oneHourTokens: Map<string, number>;
  /** The version that GitHub expects runners to have; undefined where it offers none. */
  version(): string | undefined;
  groups(): readonly RunnerGroup[];
}

const roots: readonly { readonly root: string; readonly permission: Permission }[] = [
  { root: '/repos/:owner/:repo', permission: 'administration' },
  { root: '/orgs/:org', permission: 'organization_self_hosted_runners' },
  { root: '/enterprises/:enterprise', permission: 'enterprise' },
];

/** `/actions/runners` of repositories, organisations and enterprises. */
export function runnerRoutes(parts: RunnerParts): readonly Route[] {
  return roots.flatMap(({ root, permission }) => {
    const route = (method: string, path: string, handle: (call: Call, params: Params) => Reply): Route => ({
      method,
      pattern: `${root}/actions/${path}`,
      permission,
      handle,
    });
    const groups = root.startsWith('/repos')
      ? []
      : [route('GET', 'runner-groups', (call, params) => listGroups(parts, call, scopeOf(params)))];
    return [
      route('GET', 'runners', (call, params) => listRunners(parts.state, call, scopeOf(params))),
      route('GET', 'runners/downloads', () => ({ status: 200, body: downloads(parts.version()) })),
      route('POST', 'runners/registration-token', () => oneHourToken(parts)),
      route('POST', 'runners/remove-token', () => oneHourToken(parts)),
      route('POST', 'runners/generate-jitconfig', (call, params) => jitConfig(parts, call, scopeOf(params))),
      route('GET', 'runners/:id', (_, params) => ofRunner(parts.state, params, describe)),
      route('DELETE', 'runners/:id', (_, params) => ofRunner(parts.state, params, deleteRunner)),
      route('DELETE', 'runners/:id/labels', (_, params) =>
        ofRunner(parts.state, params, (state, runner) => withLabels(state, runner, runner.labels.filter(isDefault))),
      ),
      route('POST', 'runners/:id/labels', ({ body }, params) =>
        ofRunner(parts.state, params, (state, runner) => addLabels(state, runner, body.labels)),
      ),
      ...groups,
    ];
  });
}

function scopeOf({ owner, repo, org, enterprise }: Params): string {
  if (repo !== undefined) return `${owner}/${repo}`;
  return org ?? `enterprises/${enterprise}`;
}

function listRunners(state: State, call: Call, scope: string): Reply {
  const name = call.query.get('name');
  const all = state.list().filter((runner) => runner.scope === scope && (name === null || runner.name === name));
  const { items, headers } = pageOf(call, all);
  // All that changes of a runner while it is registered.
  const states = items.map(
    (runner) => `${runner.id} ${state.isOnline(runner)} ${state.isBusy(runner)} ${runner.version} ${runner.labels}`,
  );
  return {
    status: 200,
    lazy: {
      key: `${all.length} ${states.join()}`,
      body: () => ({ total_count: all.length, runners: items.map((runner) => runnerBody(state, runner)) }),
    },
    headers,
  };
}

function ofRunner(state: State, params: Params, work: (state: State, runner: RunnerRecord) => Reply): Reply {
  const runner = state.get(Number(params.id));
  return runner?.scope === scopeOf(params) ? work(state, runner) : refusal(404, 'Not Found');
}

function describe(state: State, runner: RunnerRecord): Reply {
  return { status: 200, body: runnerBody(state, runner) };
}

function runnerBody(state: State, runner: RunnerRecord) {
  const { id, name, ephemeral, version, groupId } = runner;
  const labels = labelBodies(runner);
  const status = state.isOnline(runner) ? 'online' : 'offline';
  const busy = state.isBusy(runner);
  return { id, name, os: 'Linux', status, busy, labels, runner_group_id: groupId, ephemeral, version };
}

function labelBodies({ labels }: RunnerRecord) {
  return labels.map((name, index) => ({ id: index + 1, name, type: isDefault(name) ? 'read-only' : 'custom' }));
}

function isDefault(label: string): boolean {
  return DEFAULT_LABELS.includes(label);
}

function withLabels(state: State, runner: RunnerRecord, labels: readonly string[]): Reply {
  state.set(runner.id, { labels });
  return { status: 200, body: { total_count: labels.length, labels: labelBodies(runner) } };
}

function addLabels(state: State, runner: RunnerRecord, given: unknown): Reply {
  if (!Array.isArray(given) || given.length === 0) return refusal(422, 'Validation Failed');
  return withLabels(state, runner, [...new Set([...runner.labels, ...given.map(String)])]);
}

function deleteRunner(state: State, runner: RunnerRecord): Reply {
  if (state.isBusy(runner))
    return refusal(422, `Runner "${runner.name}" is currently running a job and cannot be deleted.`);
  state.remove(runner.id);
  return { status: 204 };
}

function oneHourToken({ oneHourTokens, clock }: RunnerParts): Reply {
  const token = randomBytes(15).toString('hex').toUpperCase();
  const ends = clock.now() + HOUR_MS;
  oneHourTokens.set(token, ends);
  return { status: 201, body: { token, expires_at: new Date(ends).toISOString() } };
}

/** A registration that is good for one job: the runner's files, as GitHub packs them. */
function jitConfig({ state }: RunnerParts, { body, origin }: Call, scope: string): Reply {
  const { name, labels, runner_group_id: groupId, work_folder: workFolder = '_work' } = body;
  if (typeof name !== 'string' || !Array.isArray(labels) || typeof groupId !== 'number') {
    return refusal(422, 'Validation Failed');
  }
  if (state.list().some((runner) => runner.scope === scope && runner.name === name)) {
    return refusal(409, `Already exists - A runner with the name ${name} already exists.`);
  }
  const runner = state.add({ scope, name, labels: labels.map(String), groupId, ephemeral: true });
  const serverUrl = `${origin}/_apis/${encodeURIComponent(scope)}`;
  const settings = { agentId: runner.id, agentName: name, serverUrl, gitHubUrl: `${origin}/${scope}`, workFolder };
  const files = {
    '.runner': base64({ ...settings, ephemeral: true }),
    '.credentials': base64({ scheme: 'OAuth', data: { clientId: runner.clientId } }),
    '.credentials_rsaparams': base64({}),
  };
  return { status: 201, body: { runner: runnerBody(state, runner), encoded_jit_config: base64(files) } };
}

function base64(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64');
}

function downloads(version: string | undefined) {
  if (version === undefined) return [];
  return ['x64', 'arm64'].map((architecture) => {
    const filename = `actions-runner-linux-${architecture}-${version}.tar.gz`;
    const download_url = `https://github.com/actions/runner/releases/download/v${version}/${filename}`;
    return { os: 'linux', architecture, filename, download_url };
  });
}

function listGroups({ groups }: RunnerParts, call: Call, scope: string): Reply {
  const all = [{ scope, id: 1, name: 'Default' }, ...groups().filter((group) => group.scope === scope)];
  const { items, headers } = pageOf(call, all);
  const runner_groups = items.map(({ id, name }) => ({
    id,
    name,
    visibility: 'all',
    default: id === 1,
    runners_url: `https://api.github.com${call.path}/${id}/runners`,
    inherited: false,
    allows_public_repositories: true,
  }));
  return { status: 200, body: { total_count: all.length, runner_groups }, headers };
}
