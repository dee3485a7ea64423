import type { ScalingConfig } from './scaling-config.ts';

/** A runner that has a container here. */
export interface ScaledRunner {
  readonly runner: string;
  /** Whether it may be started and stopped: the others are always left as they are. */
  readonly isMember: boolean;
  readonly isRunning: boolean;
  readonly verdict: string;
  /** In lower case. */
  readonly labels: readonly string[];
  /** Where it is registered, or would be. */
  readonly scopes: readonly string[];
  /** Why it may not be started; undefined where it may. */
  readonly barred: string | undefined;
  /** How long it has had nothing to do and no job waited for it; undefined where it has, or nobody knows. */
  readonly idleMs: number | undefined;
}

/** A job that is queued. */
export interface WaitingJob {
  /** In lower case. */
  readonly labels: readonly string[];
  /** Whose runners may take it. */
  readonly scopes: readonly string[];
  readonly waitedMs: number;
}

export interface ScalingView {
  readonly runners: readonly ScaledRunner[];
  /** Undefined where any queue is not known as it is now. */
  readonly jobs: readonly WaitingJob[] | undefined;
  /** What is left of the time after the last start or stop. */
  readonly restMs: number;
}

export interface ScalingMove {
  readonly move: 'start' | 'stop';
  readonly runner: string;
  readonly reason: string;
}

export interface ScalingDecision {
  /** One at a time: what it changes is seen before the next. */
  readonly move: ScalingMove | undefined;
  /** Why the other members are left as they are. */
  readonly left: ReadonlyMap<string, string>;
}

/** A job that names no label is taken by a runner group, which nobody here sees. */
export function canServe({ labels, scopes }: Pick<ScaledRunner, 'labels' | 'scopes'>, job: WaitingJob): boolean {
  if (job.labels.length === 0 || !job.labels.every((label) => labels.includes(label))) return false;
  return job.scopes.some((scope) => scopes.includes(scope));
}

/** Pure. Starting comes first: nothing is stopped while a job waits too long. */
export function decideScaling(view: ScalingView, config: ScalingConfig): ScalingDecision {
  const members = view.runners.filter(({ isMember }) => isMember);
  const { jobs } = view;
  if (!jobs) return { move: undefined, left: new Map(members.map(({ runner }) => [runner, 'the queue is not known'])) };
  const short = unserved(view.runners, jobs, config);
  const left = new Map(members.map((one) => [one.runner, whyLeft(one, { ...view, jobs }, short, config)]));
  const move = startFor(members, short, left) ?? stopOf(members, left);
  left.delete(move?.runner ?? '');
  return { move, left: new Map([...left].map(([runner, reason]) => [runner, reason ?? 'another one is first'])) };
}

/** Jobs that have waited long enough and that no runner can take which is free or comes up; each runner takes one. */
function unserved(
  runners: readonly ScaledRunner[],
  jobs: readonly WaitingJob[],
  { wait }: ScalingConfig,
): readonly WaitingJob[] {
  const free = runners.filter(({ isRunning, verdict }) => isRunning && hasRoom.has(verdict));
  return [...jobs]
    .filter(({ waitedMs }) => waitedMs >= wait)
    .sort((a, b) => b.waitedMs - a.waitedMs)
    .filter((job) => {
      const taker = free.findIndex((one) => canServe(one, job));
      if (taker >= 0) free.splice(taker, 1);
      return taker < 0;
    });
}

const hasRoom: ReadonlySet<string> = new Set(['healthy', 'starting']);
const isWell: ReadonlySet<string> = new Set(['healthy', 'busy']);

interface Known extends ScalingView {
  readonly jobs: readonly WaitingJob[];
}

/** Undefined where it may be started or stopped now. */
function whyLeft(
  one: ScaledRunner,
  view: Known,
  short: readonly WaitingJob[],
  config: ScalingConfig,
): string | undefined {
  return one.isRunning ? whyNotStopped(one, view, config) : whyNotStarted(one, view, short, config);
}

function whyNotStarted(
  one: ScaledRunner,
  { runners, restMs }: Known,
  short: readonly WaitingJob[],
  { max }: ScalingConfig,
): string | undefined {
  if (one.barred !== undefined) return one.barred;
  if (!short.some((job) => canServe(one, job))) return 'no job has waited long enough for it';
  const running = runners.filter(({ isRunning }) => isRunning).length;
  if (running >= max) return `a job waits for it, but ${running} runners run, and recovery.scaling.max allows no more`;
  return restMs > 0 ? 'a job waits for it, but a runner was started or stopped a moment ago' : undefined;
}

function whyNotStopped(
  one: ScaledRunner,
  { runners, restMs, jobs }: Known,
  { idle, min }: ScalingConfig,
): string | undefined {
  if (one.verdict !== 'healthy') return `it is ${one.verdict}`;
  if (jobs.some((job) => canServe(one, job))) return 'a job waits that it can take';
  if (one.idleMs === undefined || one.idleMs < idle) return 'it had something to do a short while ago';
  const well = runners.filter(({ isRunning, verdict }) => isRunning && isWell.has(verdict)).length;
  if (well <= min) return `${well} runners are well, and recovery.scaling.min wants ${min}`;
  return restMs > 0 ? 'it is idle, but a runner was started or stopped a moment ago' : undefined;
}

type Reasons = ReadonlyMap<string, string | undefined>;

/** For the job that waits longest, the first member by name. */
function startFor(
  members: readonly ScaledRunner[],
  short: readonly WaitingJob[],
  left: Reasons,
): ScalingMove | undefined {
  const able = members.filter(({ isRunning, runner }) => !isRunning && left.get(runner) === undefined).sort(byName);
  for (const job of short) {
    const one = able.find((member) => canServe(member, job));
    if (one) return { move: 'start', runner: one.runner, reason: `a job waits for ${job.labels.join(', ')}` };
  }
  return undefined;
}

/** The one that is idle longest. */
function stopOf(members: readonly ScaledRunner[], left: Reasons): ScalingMove | undefined {
  const [one] = members
    .filter(({ isRunning, runner }) => isRunning && left.get(runner) === undefined)
    .sort((a, b) => (b.idleMs ?? 0) - (a.idleMs ?? 0) || -byName(a, b));
  return one && { move: 'stop', runner: one.runner, reason: 'it has had nothing to do, and no job waits for it' };
}

function byName(a: ScaledRunner, b: ScaledRunner): number {
  return a.runner < b.runner ? -1 : 1;
}
