import type { RunnerEvidence } from '../../src/model/runner.ts';
import { VerdictConfig } from '../../src/recovery/verdict-config.ts';
import type { Views } from '../../src/recovery/views.ts';

export const noon = Date.parse('2026-01-01T12:00:00Z');
export const minute = 60_000;
export const hour = 60 * minute;

export const verdictConfig = VerdictConfig.parse({});

/** Nothing is known of it but its name. */
export const nothing: RunnerEvidence = {
  ...{ runner: 'r', hosted: undefined, containers: undefined, container: undefined, containerId: undefined },
  ...{ containerState: undefined, containerHealth: undefined, exitCode: undefined, oomKilled: undefined },
  ...{ removed: undefined, maintenance: undefined, restarts: undefined, cpuSeconds: undefined, dockerAt: undefined },
  ...{
    checkTells: undefined,
    checkState: undefined,
    listener: undefined,
    worker: undefined,
    session: undefined,
    downReason: undefined,
  },
  ...{ egress: undefined, clockSkewSeconds: undefined, diskFreeBytes: undefined, diskFreeInodes: undefined },
  ...{ hostMemoryBytes: undefined, hostAt: undefined, checkAt: undefined, brokenAt: undefined, pathAt: undefined },
  ...{ github: undefined, busy: undefined, registered: undefined, scopes: [], ephemeral: undefined },
  ...{ agentId: undefined, githubId: undefined, sameRegistration: undefined },
  ...{ registrations: undefined, githubBefore: undefined, githubAt: undefined, offlineSince: undefined },
  ...{ outdated: undefined, updateDeadline: undefined },
  ...{ stopAsked: undefined, recentEnds: undefined, listedBefore: undefined },
  ...{ busySince: undefined, jobLostSince: undefined, quietSince: undefined },
};

/** A container whose health check is ours, and that is well. */
export const running = {
  ...{
    hosted: true,
    containers: 1,
    container: 'c',
    containerId: 'id',
    containerState: 'running',
    containerHealth: 'healthy',
  },
  ...{ exitCode: 0, oomKilled: false, removed: false, maintenance: false, restarts: 0, cpuSeconds: 100 },
  ...{
    checkTells: true,
    checkState: 'healthy',
    listener: true,
    worker: false,
    session: 'good',
    egress: true,
    clockSkewSeconds: 0,
  },
  ...{ diskFreeBytes: 50e9, diskFreeInodes: 5e6, stopAsked: false, recentEnds: 0 },
} as const satisfies Partial<RunnerEvidence>;

/** Its run.sh has ended. */
export const lifeless = {
  ...running,
  ...{ containerHealth: 'unhealthy', checkState: 'unhealthy', listener: false, downReason: 'killed' },
} as const satisfies Partial<RunnerEvidence>;

/** A container that does not run tells no facts. */
export function ended(exitCode: number) {
  return {
    ...{
      hosted: true,
      containers: 1,
      container: 'c',
      containerId: 'id',
      containerState: 'exited',
      containerHealth: 'none',
    },
    ...{ exitCode, oomKilled: false, removed: false, maintenance: false, restarts: 0, checkTells: false },
    ...{ stopAsked: false, recentEnds: 0 },
  } as const satisfies Partial<RunnerEvidence>;
}

/** GitHub lists it once. */
export const registered = {
  registered: true,
  scopes: ['o/r'],
  registrations: 1,
  listedBefore: true,
  ephemeral: false,
} as const;
export const online = { ...registered, github: 'online', busy: false } as const satisfies Partial<RunnerEvidence>;
export const offline = { ...registered, github: 'offline', busy: false } as const satisfies Partial<RunnerEvidence>;
/** GitHub lists the name, and was asked anew: not with the registration that its container holds. */
export const takenOver = {
  ...{ agentId: 12, githubId: 77, sameRegistration: false, scopes: ['o/r'], registrations: 1, ephemeral: false },
} as const satisfies Partial<RunnerEvidence>;
export const working = { ...registered, github: 'online', busy: true } as const satisfies Partial<RunnerEvidence>;
/** GitHub answered, and does not list it. */
export const unlisted = { registered: false, scopes: [], ephemeral: false } as const satisfies Partial<RunnerEvidence>;

export function viewsOf(docker: Views['docker'], github: Views['github']): Views {
  return { docker, github, scopes: new Set(['o/r']), dockerAt: undefined, hostAt: undefined, pathAt: undefined };
}

export const both = viewsOf('answering', 'answering');
