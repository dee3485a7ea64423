import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HealingPorts } from '../http/ports.ts';
import { every } from '../lib/loop.ts';
import { type ContainerDetails, runnerLabel } from '../model/container.ts';
import type { GithubScope } from '../model/runner.ts';
import { actions } from '../recovery/actions/index.ts';
import { findingsOf } from '../recovery/ask.ts';
import { cordon, uncordon } from '../recovery/cordon.ts';
import { createDrains, type Drains } from '../recovery/drains.ts';
import { type GithubLook, ownRegistrations, type Registration } from '../recovery/findings.ts';
import { createHealer, type Healer } from '../recovery/healer.ts';
import { pause, release } from '../recovery/hold.ts';
import { whyOf } from '../recovery/ladder-why.ts';
import type { JudgedRunner, RecoveryPorts } from '../recovery/ports.ts';
import { shortOf } from '../recovery/verdict-fault.ts';
import { createRecoveryMeter, type HealingState } from '../samples/recovery-meter.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';
import { createRecoveryStore, type RecoveryStore } from '../state/recoveries.ts';
import { createLadderStore, type LadderStore } from '../state/recovery-ladders.ts';
import { createCordonStore } from '../state/runner-cordons.ts';
import { createGrantStore } from '../state/runner-grants.ts';
import { createProcesses, type Processes } from './processes.ts';
import type { Kept, Runtime } from './runtime.ts';
import type { Sources } from './sources.ts';

/** Recovery over the life of the process, with all that asks about it. */
export interface Healing {
  readonly healer: Healer;
  readonly ports: RecoveryPorts;
  readonly drains: Drains;
  readonly processes: Processes;
  /** Ends with the process. */
  readonly signal: AbortSignal;
}

/** How often it is looked for runners that are well again. */
const observeMs = 5000;

/** In the data directory: where it is, nothing is healed, whatever the configuration says. */
const offFile = 'recovery-off';

/** Outlives reloads: a step that is under way is verified to its end. */
export function startHealing(current: () => Runtime, kept: Kept, stack: AsyncDisposableStack): Healing {
  const { ground, database } = kept;
  const store = createRecoveryStore(database);
  const ladders = createLadderStore(database);
  const cordons = createCordonStore(database);
  closeInterrupted(store, ladders, ground);
  const draining = new Set<string>();
  const isDraining = (runner: string): boolean => draining.has(runner);
  const stopping = new AbortController();
  const docker = () => current().sources.docker;
  const processes = createProcesses({ docker, clock: ground.clock, signal: stopping.signal });
  const ports = createRecoveryPorts(current, kept, { store, ladders, cordons, processes, isDraining });
  const healer = createHealer(() => current().config.recovery, ports, stopping.signal);
  const drains = createDrains(ports, draining, stopping.signal);
  const observing = every(ground.clock, observeMs, stopping.signal, async () => healer.observe());
  stack.defer(async () => {
    stopping.abort(new Error('stopped'));
    await Promise.all([healer.settled(), drains.settled(), observing]);
  });
  return { healer, ports, drains, processes, signal: stopping.signal };
}

function closeInterrupted(store: RecoveryStore, ladders: LadderStore, { clock, log, audit }: Kept['ground']): void {
  const now = clock.now();
  const interrupted = ladders.transaction(() => {
    store.bound(now);
    ladders.bound(now);
    ladders.closeInterrupted();
    return store.closeInterrupted(now);
  });
  if (interrupted === 0) return;
  log.warn({ interrupted }, 'recoveries were interrupted by the last stop');
  const message = `${interrupted} recoveries were interrupted by the last stop.`;
  audit({ action: 'recovery-ended', outcome: 'unknown', message, labels: { interrupted: String(interrupted) } });
}

/** What recovery may reach, over the sources of the configuration in force: a recovery outlives a reload. */
function createRecoveryPorts(
  current: () => Runtime,
  { ground, database, self }: Kept,
  {
    processes,
    ...stores
  }: Pick<RecoveryPorts, 'store' | 'ladders' | 'cordons' | 'isDraining'> & Pick<Healing, 'processes'>,
): RecoveryPorts {
  const { clock, log, audit } = ground;
  self.expectRecoveries(Object.keys(actions));
  const grants = createGrantStore(database);
  const isOff = (): boolean => existsSync(join(current().config.data_dir, offFile));
  const meter = createRecoveryMeter(self.registry, () =>
    healingState(stores, current().config.recovery.enabled && !isOff(), clock.now()),
  );
  return {
    ...{ clock, log, audit, ...stores },
    meter: { ...meter, count: self.countRecovery },
    verdictOf: (runner) => judgedOf(current(), runner),
    docker: dockerPorts(() => current().sources.docker, processes),
    github: {
      look: (runner, signal) => look(current().sources, runner, signal),
      remove: ({ scope, runner }, signal) => remove(current().sources, scope, runner.id, signal),
      removeLabels: ({ scope, id }, signal) => current().sources.github.removeLabels(scope, id, signal),
      addLabels: ({ scope, id }, labels, signal) => current().sources.github.addLabels(scope, id, labels, signal),
    },
    isOurs: (runner) => grants.grantsSince(runner, 0).length > 0,
    switchedOff: () => (isOff() ? `there is a file ${join(current().config.data_dir, offFile)}` : undefined),
  };
}

function judgedOf({ picture, config }: Runtime, runner: string): JudgedRunner | undefined {
  const state = picture.runners().find(({ evidence }) => evidence.runner === runner);
  return state && { ...state, container: state.evidence.container, short: shortOf(state.evidence, config.verdict) };
}

function healingState(
  { ladders, cordons }: Pick<RecoveryPorts, 'ladders' | 'cordons'>,
  isOn: boolean,
  now: number,
): HealingState {
  const holds = ladders.holds(now);
  const states = ladders.all();
  return {
    enabled: isOn && holds.every(({ runner }) => runner !== undefined),
    pages: states.flatMap(({ runner, page }) => (page ? [{ runner, verdict: page.verdict }] : [])),
    quarantined: states.flatMap(({ runner, quarantinedAt }) => (quarantinedAt === undefined ? [] : [runner])),
    cordoned: [...new Set(cordons.all().map(({ runner }) => runner))],
    paused: [...new Set(holds.flatMap(({ runner }) => (runner === undefined ? [] : [runner])))],
  };
}

function dockerPorts(docker: () => DockerSource, processes: Processes): RecoveryPorts['docker'] {
  return {
    containersOf: (runner, signal) => containersOf(docker(), runner, signal),
    inspect: (id, signal) => docker().inspect(id, signal),
    top: async (name, signal) => {
      const found = await docker().top(name, signal);
      if (!found) throw new Error(`container ${name} is gone`);
      return found;
    },
    expected: processes.expected,
    start: (name, signal) => docker().start(name, signal),
    restart: (name, graceSeconds, signal) => docker().restart(name, graceSeconds, signal),
    stop: (name, graceSeconds, signal) => docker().stop(name, graceSeconds, signal),
    prune: (prune, signal) => docker().prune(prune, signal),
  };
}

/** By the label, which the list has; only where no container carries it, each one's environment is looked at. */
async function containersOf(
  docker: DockerSource,
  runner: string,
  signal: AbortSignal,
): Promise<readonly ContainerDetails[]> {
  const listed = await docker.list(signal);
  const labelled = listed.filter(({ labels }) => labels[runnerLabel] === runner);
  const candidates = labelled.length > 0 ? labelled : listed.filter(({ labels }) => labels[runnerLabel] === undefined);
  const details = await Promise.all(candidates.map(({ id }) => docker.inspect(id, signal)));
  return details.flatMap((container) => (container?.runner === runner ? [container] : []));
}

/** The runner in every scope that has it. A scope that fails is an error: the runner may be in just that one. */
async function look(
  { github, githubScopes }: Pick<Sources, 'github' | 'githubScopes'>,
  runner: string,
  signal: AbortSignal,
): Promise<GithubLook> {
  if (github.available() !== undefined || githubScopes.length === 0) return { asked: false };
  const lists = await Promise.all(
    githubScopes.map(async (scope): Promise<readonly Registration[]> => {
      const listed = await github.listRunners(scope, signal);
      return listed.filter(({ name }) => name === runner).map((one) => ({ scope, runner: one }));
    }),
  );
  return { asked: true, registrations: lists.flat(), scopes: githubScopes };
}

async function remove(
  { github }: Pick<Sources, 'github'>,
  scope: GithubScope,
  id: number,
  signal: AbortSignal,
): Promise<boolean> {
  if (scope.kind === 'enterprise') throw new Error('the runners of an enterprise are only watched');
  return github.removeRunner(scope, id, signal);
}

/** What people ask of recovery. */
export function createHealingPorts(current: () => Runtime, { healer, ports, drains, signal }: Healing): HealingPorts {
  return {
    why: (runner) => {
      const { recovery: settings } = current().config;
      return whyOf(runner, { settings, ports, acting: healer.acting().has(runner) });
    },
    isKnown: (runner) => ports.verdictOf(runner) !== undefined,
    pause: (request) => pause(ports, request),
    release: (request) => release(ports, request),
    cordon: async ({ runner, by }) => {
      const findings = await findingsOf(ports, runner, signal);
      if (typeof findings === 'string') throw new Error(findings);
      return { labels: await cordon(ports, { runner, by, purpose: 'person' }, ownRegistrations(findings), signal) };
    },
    uncordon: async (request) => {
      drains.cancel(request.runner);
      await drains.settledOf(request.runner);
      return uncordon(ports, request, signal);
    },
    drain: (request) => {
      if (healer.acting().has(request.runner)) throw new Error(`a recovery of ${request.runner} has not ended yet`);
      return drains.begin({ ...request, graceMs: current().config.recovery.grace });
    },
    drainOf: drains.of,
  };
}
