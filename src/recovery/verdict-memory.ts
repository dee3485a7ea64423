import type { RunnerEvidence, RunnerPast } from '../model/runner.ts';
import type { VerdictConfig } from './verdict-config.ts';

/** What is counted from, in this process only: who begins anew waits longer, never shorter. */
export interface Counting {
  readonly containerId: string | undefined;
  readonly restarts: number | undefined;
  readonly quiet: Quiet | undefined;
  readonly others: Others | undefined;
}

/** The first look at which GitHub listed the name with other registrations alone: when both sides had told theirs. */
interface Others {
  readonly agentId: number | undefined;
  readonly githubAt: number | undefined;
  readonly checkAt: number | undefined;
}

interface Quiet {
  /** The CPU time that the container had used at the last reading, and when that was. */
  readonly cpuSeconds: number;
  readonly at: number;
  /** Since when no reading found more than waiting takes. */
  readonly since: number;
}

type Remembered = Pick<
  RunnerEvidence,
  'stopAsked' | 'recentEnds' | 'listedBefore' | 'busySince' | 'jobLostSince' | 'quietSince'
>;

export const remembersNothing: Remembered = {
  stopAsked: undefined,
  recentEnds: undefined,
  listedBefore: undefined,
  busySince: undefined,
  jobLostSince: undefined,
  quietSince: undefined,
};

/** More ends than any `crash_loop.ends`. */
const maxEnds = 10;
/** What a listener and a worker that wait, and the health check, may use: a share of a processor, and a burst. */
const quietShare = 0.02;
const quietBurstSeconds = 1;
const quietReadingMs = 60_000;

export interface Look {
  readonly evidence: RunnerEvidence;
  /** Docker's ids of the containers that somebody asked Docker to stop, until that is seen of them. */
  readonly stops: { has(containerId: string): boolean };
  /** The scopes that are watched now. */
  readonly scopes: ReadonlySet<string>;
  readonly now: number;
  readonly config: VerdictConfig;
}

export interface Recalled {
  readonly evidence: RunnerEvidence;
  readonly past: Omit<RunnerPast, 'verdict' | 'since'>;
  readonly counting: Counting;
}

/** Adds to the evidence what only watching tells. Pure. */
export function recall(before: RunnerPast | undefined, counted: Counting | undefined, look: Look): Recalled {
  const { evidence, now, config } = look;
  const { runner, containerId, restarts } = evidence;
  // A runner without a registration cannot say it any more.
  const ephemeral = evidence.ephemeral ?? before?.ephemeral;
  const stopped = stoppedAfter(before?.stopped, look);
  const ends = endsAfter(before, counted, look);
  const busySince = busyAfter(before?.busySince, look);
  const jobLostSince = isJobLost(evidence) ? (before?.jobLostSince ?? now) : undefined;
  const quiet = busySince === undefined ? undefined : quietAfter(counted?.quiet, look);
  const others = othersAfter(counted?.others, look);
  const scopes = evidence.scopes.length > 0 ? evidence.scopes : (before?.scopes ?? []);
  return {
    evidence: {
      ...evidence,
      stopAsked: containerId === undefined ? undefined : stopped === containerId,
      recentEnds: ends.filter((at) => at > now - config.crash_loop.within).length,
      listedBefore: scopes.some((scope) => look.scopes.has(scope)),
      ephemeral,
      sameRegistration: others && !isToldAnew(others, evidence) ? undefined : evidence.sameRegistration,
      ...{ busySince, jobLostSince, quietSince: quiet?.since },
    },
    past: { runner, scopes, ephemeral, stopped, ends, busySince, jobLostSince },
    counting: {
      containerId: containerId ?? counted?.containerId,
      restarts: containerId === undefined ? counted?.restarts : restarts,
      quiet,
      others,
    },
  };
}

/** Until it runs again. */
function stoppedAfter(before: string | undefined, { evidence, stops }: Look): string | undefined {
  const { containerId, containerState } = evidence;
  if (containerId === undefined) return before;
  if (containerState === 'running') return undefined;
  return stops.has(containerId) ? containerId : before;
}

/** The first look at a container counts nothing: when its restarts were, nobody knows. */
function endsAfter(
  before: RunnerPast | undefined,
  counted: Counting | undefined,
  { evidence: { containerId, restarts }, stops, now }: Look,
): readonly number[] {
  const ends = before?.ends ?? [];
  if (containerId === undefined || containerId !== counted?.containerId) return ends;
  if (restarts === undefined || counted.restarts === undefined) return ends;
  const asked = stops.has(containerId) || before?.stopped === containerId ? 1 : 0;
  const count = Math.min(maxEnds, Math.max(0, restarts - counted.restarts - asked));
  return count === 0 ? ends : [...ends, ...Array<number>(count).fill(now)].slice(-maxEnds);
}

/** That nobody says it now is no end: only who says idle ends it. */
function busyAfter(before: number | undefined, { evidence: { busy, worker }, now }: Look): number | undefined {
  if (busy === true || worker === true) return before ?? now;
  return busy === undefined && worker === undefined ? before : undefined;
}

function isJobLost({ busy, worker, containerState }: RunnerEvidence): boolean {
  return busy === true && worker === false && containerState === 'running';
}

function othersAfter(before: Others | undefined, { evidence }: Look): Others | undefined {
  const { sameRegistration, agentId, githubAt, checkAt } = evidence;
  if (sameRegistration !== false) return undefined;
  return before && before.agentId === agentId ? before : { agentId, githubAt, checkAt };
}

/** One that has just registered holds an id that GitHub's last list does not have yet: both are waited for. */
function isToldAnew(others: Others, { githubAt, checkAt }: RunnerEvidence): boolean {
  return isLater(githubAt, others.githubAt) && isLater(checkAt, others.checkAt);
}

function isLater(now: number | undefined, before: number | undefined): boolean {
  return now !== undefined && before !== undefined && now > before;
}

/** Between two readings lies at least a minute: a burst shows in the mean of a shorter time as life. */
function quietAfter(before: Quiet | undefined, { evidence: { cpuSeconds }, now }: Look): Quiet | undefined {
  if (cpuSeconds === undefined) return undefined;
  if (before === undefined) return { cpuSeconds, at: now, since: now };
  if (now - before.at < quietReadingMs) return before;
  const used = cpuSeconds - before.cpuSeconds;
  const allowed = quietBurstSeconds + (quietShare * (now - before.at)) / 1000;
  return { cpuSeconds, at: now, since: used < 0 || used > allowed ? now : before.since };
}

/** Whether what Docker was asked to do is seen by now: the container is down, or runs anew. */
export function isStopSeen({ containerState, restarts = 0 }: RunnerEvidence, before: Counting | undefined): boolean {
  return containerState !== 'running' || restarts > (before?.restarts ?? restarts);
}

/** All its times moved, for when the clock was set. */
export function movedPast(past: RunnerPast, byMs: number): RunnerPast {
  return {
    ...past,
    since: past.since + byMs,
    ends: past.ends.map((at) => at + byMs),
    busySince: past.busySince === undefined ? undefined : past.busySince + byMs,
    jobLostSince: past.jobLostSince === undefined ? undefined : past.jobLostSince + byMs,
  };
}
