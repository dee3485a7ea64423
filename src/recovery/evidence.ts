import type { Labels } from '../model/labels.ts';
import type { RunnerEvidence } from '../model/runner.ts';
import type { Sample } from '../model/sample.ts';
import { type GithubFacts, githubEvidence, githubReaders, type Scopes, scopesOf } from './github-evidence.ts';
import { remembersNothing } from './verdict-memory.ts';
import type { Views } from './views.ts';

/** Joins what the samples say of each runner, in the order of the names: by its name, and GitHub's id where it is known. */
export function evidenceFrom(samples: readonly Sample[], views: Views): readonly RunnerEvidence[] {
  const found = new Map<string, Facts>();
  const host: HostFacts = { byContainer: new Map() };
  for (const { metric, labels, value } of samples) {
    hostReaders[metric.name]?.(host, labels, value);
    const read = readers[metric.name];
    const readGithub = githubReaders[metric.name];
    if ((!read && !readGithub) || labels.runner === undefined) continue;
    const facts = found.get(labels.runner) ?? { own: new Map(), github: new Map() };
    found.set(labels.runner, facts);
    read?.(facts.own, labels, value);
    readGithub?.(facts.github, labels.scope ?? '', value);
  }
  const scopes = scopesOf(samples);
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([runner, facts]) => toEvidence(runner, facts, { host, scopes, views }));
}

type OwnFacts = Map<keyof RunnerEvidence, string | number | boolean>;

interface Facts {
  readonly own: OwnFacts;
  readonly github: GithubFacts;
}

interface OfContainer {
  oomKilled?: boolean;
  restarts?: number;
  cpuSeconds?: number;
}

/** What is told of the machine, and of containers by their names. */
interface HostFacts {
  readonly byContainer: Map<string, OfContainer>;
  memoryBytes?: number;
  brokenAt?: string;
}

type Reader = (facts: OwnFacts, labels: Labels, value: number) => void;

/** A state set (0/1 per state) gives the state that is 1. */
function stateSet(key: keyof RunnerEvidence, label: string): Reader {
  return (facts, labels, value) => value === 1 && facts.set(key, labels[label] ?? '');
}

function numberAs(key: keyof RunnerEvidence): Reader {
  return (facts, _, value) => facts.set(key, value);
}

const flags: ReadonlySet<string> = new Set(['listener', 'worker', 'egress']);

/** One reader per family. */
const readers: Readonly<Record<string, Reader>> = {
  runnerwatch_runner_container_info: (facts, { name = '', id = '' }) => {
    facts.set('containers', Number(facts.get('containers') ?? 0) + 1);
    facts.set('container', name);
    facts.set('containerId', id.replace('/docker/', ''));
  },
  runnerwatch_runner_container_state: (facts, { state = '' }, value) => {
    // Only a removed one is in no state, and has no `info` either.
    facts.set('removed', true);
    if (value === 1) facts.set('containerState', state);
  },
  runnerwatch_runner_container_health: stateSet('containerHealth', 'health'),
  runnerwatch_runner_container_exit_code: numberAs('exitCode'),
  runnerwatch_runner_check_timestamp_seconds: (facts, _, value) => facts.set('checkAt', Math.round(value * 1000)),
  runnerwatch_runner_maintenance: (facts, _, value) => facts.set('maintenance', value === 1),
  runnerwatch_runner_fact: (facts, { fact = '' }, value) => {
    facts.set('checkTells', true);
    if (!flags.has(fact)) return;
    const key = fact as 'listener' | 'worker' | 'egress';
    // Of several containers, one that works is enough.
    facts.set(key, value === 1 || facts.get(key) === true);
  },
  runnerwatch_runner_check_state: stateSet('checkState', 'state'),
  runnerwatch_runner_session: stateSet('session', 'session'),
  runnerwatch_runner_down_reason: stateSet('downReason', 'reason'),
  runnerwatch_runner_disk_free_bytes: numberAs('diskFreeBytes'),
  runnerwatch_runner_disk_free_inodes: numberAs('diskFreeInodes'),
  runnerwatch_runner_agent_id: numberAs('agentId'),
  runnerwatch_runner_clock_skew_seconds: numberAs('clockSkewSeconds'),
  github_runner_info: (facts, { ephemeral }) => ephemeral !== undefined && facts.set('ephemeral', ephemeral === 'true'),
  github_runner_registrations: numberAs('registrations'),
};

function ofContainer(note: (facts: OfContainer, value: number) => void) {
  return ({ byContainer }: HostFacts, { name = '' }: Labels, value: number): void => {
    const facts = byContainer.get(name) ?? {};
    byContainer.set(name, facts);
    note(facts, value);
  };
}

const hostReaders: Readonly<Record<string, (facts: HostFacts, labels: Labels, value: number) => void>> = {
  runnerwatch_container_oom_killed: ofContainer((facts, value) => (facts.oomKilled = value === 1)),
  runnerwatch_container_restarts_total: ofContainer((facts, value) => (facts.restarts = value)),
  // One for each processor where they are told apart.
  container_cpu_usage_seconds_total: ofContainer(
    (facts, value) => (facts.cpuSeconds = (facts.cpuSeconds ?? 0) + value),
  ),
  node_memory_MemAvailable_bytes: (facts, _, value) => (facts.memoryBytes = value),
  runnerwatch_path_broken_at: (facts, { hop = '' }, value) => {
    if (value === 1) facts.brokenAt = hop;
  },
};

interface Around {
  readonly host: HostFacts;
  readonly scopes: Scopes;
  readonly views: Views;
}

function toEvidence(runner: string, { own, github }: Facts, { host, scopes, views }: Around): RunnerEvidence {
  const get = <T extends string | number | boolean>(key: keyof RunnerEvidence) => own.get(key) as T | undefined;
  const container = get<string>('container');
  // Only who was told of all containers knows that there is none.
  const hosted = container !== undefined || (views.docker === 'answering' ? false : undefined);
  // Of several containers nobody knows which registration is meant.
  const agentId = get('containers') === 1 ? get<number>('agentId') : undefined;
  const { oomKilled, restarts, cpuSeconds } = host.byContainer.get(container ?? '') ?? {};
  return {
    runner,
    hosted,
    containers: get('containers'),
    container,
    containerId: get('containerId'),
    containerState: get('containerState'),
    containerHealth: get('containerHealth'),
    exitCode: get('exitCode'),
    ...{ oomKilled, restarts, cpuSeconds },
    removed: hosted === true ? false : (get('removed') ?? hosted),
    maintenance: get('maintenance') ?? (hosted === true ? false : undefined),
    dockerAt: views.dockerAt,
    checkAt: get('checkAt'),
    checkTells: get('checkTells') ?? (get('containerHealth') === undefined ? undefined : false),
    checkState: get('checkState'),
    listener: get('listener'),
    worker: get('worker'),
    session: get('session'),
    downReason: get('downReason'),
    egress: get('egress'),
    clockSkewSeconds: get('clockSkewSeconds'),
    diskFreeBytes: get('diskFreeBytes'),
    diskFreeInodes: get('diskFreeInodes'),
    agentId,
    // It is read only when somebody scrapes: without its age it may be from any time.
    hostMemoryBytes: views.hostAt === undefined ? undefined : host.memoryBytes,
    hostAt: views.hostAt,
    brokenAt: host.brokenAt,
    pathAt: views.pathAt,
    ...githubEvidence(github, scopes, agentId),
    ephemeral: get('ephemeral'),
    registrations: get('registrations'),
    ...remembersNothing,
  };
}
