import type { RunnerEvidence, Shortage } from '../model/runner.ts';
import type { VerdictConfig } from './verdict-config.ts';
import { isTakenOver } from './verdict-doubt.ts';
import { endedBadly } from './verdict-job.ts';
import { type Circumstances, failsCheck, isPast, isRunning, type VerdictRule } from './verdict-rule.ts';

/** The container itself, from the worst on: a loop explains that it is starting. */
export const containerRules: readonly VerdictRule[] = [
  {
    verdict: 'crash-looping',
    uses: ['recentEnds', 'containerState', 'containerHealth', 'exitCode', 'ephemeral'],
    holds: (evidence, { config: { crash_loop }, views }) => {
      const { recentEnds = 0, containerHealth } = evidence;
      if (recentEnds < crash_loop.ends) return undefined;
      // One that serves for one job ends and begins all the time.
      const comesUp = isRunning(evidence) && isLasting(evidence, views);
      const isUnwell = comesUp && (containerHealth === 'starting' || containerHealth === 'unhealthy');
      return isUnwell || endedBadly(evidence) ? `its container ended ${recentEnds} times a short while ago` : undefined;
    },
  },
  {
    verdict: 'crashed',
    uses: ['containerState', 'exitCode', 'oomKilled'],
    holds: (evidence) => (endedBadly(evidence) ? howItEnded(evidence) : undefined),
  },
  {
    verdict: 'starting',
    uses: ['containerState', 'containerHealth', 'downReason'],
    holds: (evidence) => {
      if (!isRunning(evidence)) return undefined;
      if (evidence.containerHealth === 'starting') return 'its health check has not passed yet';
      // It begins by itself: a restart would only make it wait anew.
      return evidence.downReason === 'waiting' ? 'it waits for Runnerwatch before jobs may start' : undefined;
    },
  },
];

/** Whether its registration is known to serve for more than one job. */
function isLasting({ ephemeral }: RunnerEvidence, { github }: Circumstances['views']): boolean {
  return ephemeral === false || github === 'off';
}

function howItEnded({ containerState, exitCode: code, oomKilled }: RunnerEvidence): string {
  const exitCode = code ?? 'unknown';
  const why = oomKilled ? ', out of memory' : '';
  return containerState === 'restarting'
    ? `Docker restarts it after exit code ${exitCode}${why}`
    : `its container ended with exit code ${exitCode}${why}`;
}

/** The cause before its effects: what is starved, not registered or too old is unhealthy and offline, too. */
export const runnerRules: readonly VerdictRule[] = [
  {
    verdict: 'starved',
    uses: ['diskFreeBytes', 'diskFreeInodes', 'hostMemoryBytes'],
    holds: (evidence, { config }) => {
      if (!isRunning(evidence)) return undefined;
      const { diskFreeBytes = 0, diskFreeInodes = 0, hostMemoryBytes = 0 } = evidence;
      const short = shortOf(evidence, config);
      if (short === 'disk') return `its jobs have ${mebibytes(diskFreeBytes)} of disk left`;
      if (short === 'inodes') return `its jobs have ${diskFreeInodes} inodes left`;
      return short && `its host has ${mebibytes(hostMemoryBytes)} of memory left`;
    },
  },
  {
    verdict: 'unregistered',
    uses: ['session', 'downReason', 'registered', 'listedBefore', 'ephemeral', 'github', 'agentId', 'githubId'],
    holds: (evidence, { views }) => (isRunning(evidence) ? whyUnregistered(evidence, views) : undefined),
  },
  {
    verdict: 'session-conflict',
    uses: ['session', 'downReason'],
    holds: ({ session, downReason }) =>
      session === 'conflict' || downReason === 'session-conflict'
        ? 'GitHub says that another session of this runner exists'
        : undefined,
  },
  {
    verdict: 'outdated',
    uses: ['session', 'downReason', 'github', 'outdated', 'updateDeadline'],
    holds: ({ session, downReason, github, outdated, updateDeadline }, { now }) => {
      if (session === 'deprecated' || downReason === 'version-deprecated') return 'GitHub refuses its version';
      // It looks online and idle all the while.
      return github === 'online' && outdated && isPast(updateDeadline, 0, now)
        ? 'GitHub gives its version no jobs any more'
        : undefined;
    },
  },
  {
    verdict: 'unhealthy',
    uses: ['containerState', 'containerHealth', 'checkState', 'listener', 'downReason'],
    holds: (evidence) => {
      if (!isRunning(evidence) || !failsCheck(evidence)) return undefined;
      const { downReason, listener } = evidence;
      if (downReason !== undefined) return `its health check fails: no listener, ${downReason}`;
      return listener === false ? 'its health check fails: no listener runs' : 'its health check fails';
    },
  },
  {
    verdict: 'zombie',
    uses: ['containerState', 'containerHealth', 'github', 'offlineSince'],
    holds: (evidence) =>
      isRunning(evidence) &&
      evidence.github === 'offline' &&
      (evidence.containerHealth === 'healthy' || evidence.containerHealth === 'none')
        ? 'its container runs, but GitHub says offline'
        : undefined,
  },
  {
    verdict: 'ghost',
    uses: ['hosted', 'removed', 'github', 'offlineSince'],
    holds: ({ hosted, removed, github }) =>
      hosted === false && removed === false && github === 'offline'
        ? 'GitHub says offline, and it has no container here'
        : undefined,
  },
];

/** Why no listener runs, where that is for want of a registration. */
const forgotten = new Map([
  ['registration-gone', 'GitHub has forgotten its registration'],
  ['not-registered', 'it could not register'],
  [
    'programs-changed',
    "it cannot register, because its programs are not its image's any more; no restart mends that: " +
      'docker compose up -d --force-recreate with its service makes its container anew',
  ],
]);

/** The listener's word counts where GitHub does not contradict it, or is not asked. */
function whyUnregistered(evidence: RunnerEvidence, { github: view }: Circumstances['views']): string | undefined {
  const { session, downReason = '', github, registered, listedBefore, ephemeral } = evidence;
  const isOthers = isTakenOver(evidence) && view === 'answering';
  const says = forgotten.get(downReason) ?? (session === 'gone' ? forgotten.get('registration-gone') : undefined);
  const isUncontradicted = view === 'off' || registered === false || github === 'offline' || isOthers;
  if (says !== undefined && isUncontradicted) return says;
  if (isOthers) return 'GitHub lists its name with another registration';
  // The registration of one that serves for one job ends with the job.
  if (registered === false && listedBefore && ephemeral === false) return 'GitHub does not list it any more';
  return undefined;
}

type Room = Pick<RunnerEvidence, 'diskFreeBytes' | 'diskFreeInodes' | 'hostMemoryBytes'>;

/** What it has too little of; the first of several. */
export function shortOf(
  { diskFreeBytes, diskFreeInodes, hostMemoryBytes }: Room,
  config: VerdictConfig,
): Shortage | undefined {
  if (isBelow(diskFreeBytes, config.min_free_disk)) return 'disk';
  if (isBelow(diskFreeInodes, config.min_free_inodes)) return 'inodes';
  return isBelow(hostMemoryBytes, config.min_free_memory) ? 'memory' : undefined;
}

function isBelow(value: number | undefined, least: number): boolean {
  return value !== undefined && value < least;
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2)} MiB`;
}
