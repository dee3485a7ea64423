import { silentLog } from '../../../src/lib/log.ts';
import type { AuditEvent } from '../../../src/model/audit.ts';
import type { ContainerDetails } from '../../../src/model/container.ts';
import { RecoveryConfig } from '../../../src/recovery/config.ts';
import type { GithubLook, Registration } from '../../../src/recovery/findings.ts';
import { createHealer } from '../../../src/recovery/healer.ts';
import type { JudgedRunner, RecoveryPorts } from '../../../src/recovery/ports.ts';
import { type Database, openDatabase } from '../../../src/state/database.ts';
import { createRecoveryStore } from '../../../src/state/recoveries.ts';
import { createLadderStore } from '../../../src/state/recovery-ladders.ts';
import { createCordonStore } from '../../../src/state/runner-cordons.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { container, registration } from '../../support/recovery.ts';

/** What was done to the world outside. */
export interface Act {
  readonly what: 'start' | 'restart' | 'remove' | 'prune' | 'stop' | 'take labels' | 'give labels';
  readonly runner: string;
  readonly at: number;
}

export const homelab = 'homelab-1';
export const request = { runner: homelab, alerts: ['RunnerContainerUnhealthy'] };

/** One runner, unhealthy and offline, which a restart makes well, over the real stores. */
export interface World extends Disposable {
  readonly clock: FakeClock;
  readonly database: Database;
  readonly ports: RecoveryPorts;
  readonly acts: readonly Act[];
  readonly counted: readonly string[];
  readonly audited: readonly AuditEvent[];
  /** `detected zombie 60` and `recovered zombie 90`, in seconds. */
  readonly timed: readonly string[];
  /** What is true now; tests change it. */
  state: {
    containers: readonly ContainerDetails[];
    registrations: readonly Registration[];
    processes: readonly string[];
    judged: JudgedRunner | undefined;
    githubFails: boolean;
    githubAsked: boolean;
    isOurs: boolean;
    off: string | undefined;
    config: object;
    /** What an act does; by default each makes the runner well. */
    onAct: (act: Act) => void;
  };
  healer(stop?: AbortController): ReturnType<typeof createHealer>;
  becomeWell(): void;
}

export function judgedAs(verdict: string, since?: number): JudgedRunner {
  return { verdict, because: 'of the test', since };
}

export function createWorld(config: object = {}): World {
  const clock = new FakeClock();
  const database = openDatabase(':memory:');
  const [acts, counted, audited, timed]: [Act[], string[], AuditEvent[], string[]] = [[], [], [], []];
  const listener = '/home/runner/bin/Runner.Listener run';
  const state: World['state'] = {
    containers: [container({ health: 'unhealthy' })],
    registrations: [registration({ status: 'offline' })],
    processes: [listener],
    judged: judgedAs('unhealthy', clock.now() - 60_000),
    githubFails: false,
    githubAsked: true,
    isOurs: false,
    off: undefined,
    config,
    onAct: () => becomeWell(),
  };
  function becomeWell(): void {
    state.containers = [container({ health: 'healthy' })];
    state.registrations = [registration({})];
    state.judged = judgedAs('healthy', clock.now());
  }
  function act(what: Act['what'], runner: string): void {
    const done = { what, runner, at: clock.now() };
    acts.push(done);
    state.onAct(done);
  }
  function relabel(what: Act['what'], id: number, labels: readonly string[]): boolean {
    if (state.githubFails) throw new Error('HTTP 500');
    if (!state.registrations.some(({ runner }) => runner.id === id)) return false;
    state.registrations = state.registrations.map((one) => ({
      ...one,
      runner: one.runner.id === id ? { ...one.runner, customLabels: labels } : one.runner,
    }));
    acts.push({ what, runner: homelab, at: clock.now() });
    return true;
  }
  const ports: RecoveryPorts = {
    ...{ clock, log: silentLog, audit: (event) => audited.push(event) },
    verdictOf: () => state.judged,
    docker: {
      containersOf: async () => state.containers,
      inspect: async (id) => state.containers.find((one) => one.id === id),
      top: async () => state.processes,
      start: async (name) => act('start', name),
      restart: async (name) => act('restart', name),
      stop: async (name) => act('stop', name),
      prune: async ({ what }) => {
        act('prune', what);
        return 0;
      },
    },
    github: {
      look: async (): Promise<GithubLook> => {
        if (state.githubFails) throw new Error('HTTP 500');
        return state.githubAsked ? { asked: true, registrations: state.registrations } : { asked: false };
      },
      remove: async ({ runner }) => {
        act('remove', runner.name);
        return true;
      },
      removeLabels: async ({ id }) => relabel('take labels', id, []),
      addLabels: async ({ id }, labels) => relabel('give labels', id, labels),
    },
    isDraining: () => false,
    isOurs: () => state.isOurs,
    switchedOff: () => state.off,
    store: createRecoveryStore(database),
    ladders: createLadderStore(database),
    cordons: createCordonStore(database),
    meter: {
      count: (action, outcome) => counted.push(`${action} ${outcome}`),
      detected: (verdict, ms) => timed.push(`detected ${verdict} ${ms / 1000}`),
      recovered: (verdict, ms) => timed.push(`recovered ${verdict} ${ms / 1000}`),
    },
  };
  return {
    ...{ clock, database, ports, acts, counted, audited, timed, state, becomeWell },
    healer: (stop = new AbortController()) =>
      createHealer(() => RecoveryConfig.parse(state.config), ports, stop.signal),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
}
