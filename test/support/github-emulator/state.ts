import { randomUUID } from 'node:crypto';
import { numberOf } from './templates.ts';
import { createWork, type Job, type NewRunJob, type WorkEvent } from './work.ts';

/** The emulator needs the wall time only; a test may hand in its fake clock. */
export interface Now {
  /** ms since the epoch */
  now(): number;
}

export interface RunnerRecord {
  readonly id: number;
  /** `owner/repo`, an organisation, or `enterprises/<slug>` */
  readonly scope: string;
  readonly name: string;
  labels: readonly string[];
  readonly ephemeral: boolean;
  version: string | null;
  readonly groupId: number;
  readonly clientId: string;
  /** What the test said; where absent, the listener's session and its job decide. */
  pinned: { readonly status?: 'online' | 'offline'; readonly busy?: boolean };
  session: { readonly id: string; lastSeen: number } | undefined;
}

export interface NewRunner {
  readonly scope: string;
  readonly name: string;
  readonly labels?: readonly string[];
  readonly ephemeral?: boolean;
  readonly version?: string | null;
  /** 1 is the default group. */
  readonly groupId?: number;
  readonly status?: 'online' | 'offline';
  readonly busy?: boolean;
}

/** A job goes to the runner of that name, or to any idle one that has all labels. */
export interface NewJob extends NewRunJob {
  readonly seconds: number;
  /** Runners that serve it may take the job; where absent, any may, and it belongs to the named runner's repository. */
  readonly repository?: string;
}

interface StateOptions {
  readonly clock: Now;
  /** A listener that has not asked for a message for so long is offline. */
  readonly offlineAfterMs: number;
  /** GitHub gives a job up whose runner does not renew it for so long. */
  readonly jobLostAfterMs: number;
  readonly changed: (event: WorkEvent) => void;
}

export type State = ReturnType<typeof createState>;

/** Everything that the emulated GitHub remembers about runners and their work. */
export function createState({ clock, offlineAfterMs, jobLostAfterMs, changed }: StateOptions) {
  const runners = new Map<number, RunnerRecord>();
  const work = createWork(clock, changed);
  const working = new Map<number, Job>();
  let lastId = 0;

  function add(runner: NewRunner): RunnerRecord {
    const { scope, name, labels = [], ephemeral = false, version = null, groupId = 1, status, busy } = runner;
    const pinned = { ...(status && { status }), ...(busy !== undefined && { busy }) };
    lastId += 1;
    const own = { id: lastId, clientId: randomUUID(), pinned, session: undefined };
    const record = { ...own, scope, name, labels, ephemeral, version, groupId };
    runners.set(record.id, record);
    return record;
  }

  function isOnline(runner: RunnerRecord): boolean {
    if (runner.pinned.status) return runner.pinned.status === 'online';
    return runner.session !== undefined && clock.now() - runner.session.lastSeen < offlineAfterMs;
  }

  function jobOf(runner: RunnerRecord): Job | undefined {
    const job = working.get(runner.id);
    if (job && clock.now() - job.renewedAt >= jobLostAfterMs) complete(job, 'failure');
    return working.get(runner.id);
  }

  function isBusy(runner: RunnerRecord): boolean {
    return runner.pinned.busy ?? jobOf(runner) !== undefined;
  }

  function queue({ repository, ...job }: NewJob): Job {
    const scope = [...runners.values()].find(({ name }) => name === job.runner)?.scope ?? 'octo/homelab';
    const own = scope.includes('/') ? scope : `${scope}/homelab`;
    const run = work.addRun({ repository: repository ?? own, jobs: [] });
    return work.addJob(run.id, job, repository === undefined);
  }

  /** Gives an idle runner the oldest job that it may take. */
  function assign(runner: RunnerRecord): Job | undefined {
    if (jobOf(runner)) return undefined;
    for (const job of work.open()) {
      if (job.status !== 'queued' || !mayTake(runner, job)) continue;
      begin(job, runner, clock.now());
      return job;
    }
    return undefined;
  }

  function begin(job: Job, runner: Pick<RunnerRecord, 'id' | 'name'>, renewedAt: number): void {
    working.set(runner.id, job);
    work.start(job, runner, renewedAt);
  }

  function complete(job: Job, conclusion: string): void {
    const runner = runners.get(job.runnerId ?? 0);
    working.delete(job.runnerId ?? 0);
    work.complete(job, conclusion);
    if (runner?.ephemeral) runners.delete(runner.id);
  }

  function known(id: number): Job {
    const job = work.job(id);
    if (!job) throw new Error(`there is no job ${id}`);
    return job;
  }

  return {
    add,
    remove: (id: number) => runners.delete(id),
    get: (id: number) => runners.get(id),
    list: () => [...runners.values()],
    /** What the test says of a runner from now on. */
    set: (
      id: number,
      { version, labels, ...pinned }: Partial<Pick<NewRunner, 'status' | 'busy' | 'version' | 'labels'>>,
    ): void => {
      const runner = runners.get(id);
      if (!runner) throw new Error(`there is no runner ${id}`);
      runner.pinned = { ...runner.pinned, ...pinned };
      if (version !== undefined) runner.version = version;
      if (labels !== undefined) runner.labels = labels;
    },
    isOnline,
    isBusy,
    queue,
    assign,
    complete,
    work,
    /** By hand, without a listener; the runner may be one that the emulator does not know. */
    startJob(id: number, runnerName: string): void {
      const job = known(id);
      const found = [...runners.values()].find(({ name, scope }) => name === runnerName && serves(scope, job));
      begin(job, found ?? { id: numberOf(runnerName), name: runnerName }, Number.POSITIVE_INFINITY);
    },
    completeJob: (id: number, conclusion = 'success') => complete(known(id), conclusion),
    releaseJob: (id: number) => work.release(known(id)),
    /** Every job of the run that is not completed ends as cancelled. */
    cancelRun(id: number): void {
      for (const job of [...work.open()]) if (job.runId === id) complete(job, 'cancelled');
    },
  };
}

function serves(scope: string, job: Job): boolean {
  const [owner] = job.repository.split('/');
  return job.anywhere || scope === job.repository || scope === owner || scope.startsWith('enterprises/');
}

/** GitHub compares labels without regard to case. */
function mayTake(runner: RunnerRecord, job: Job): boolean {
  if (!serves(runner.scope, job)) return false;
  if (job.runner !== undefined) return job.runner === runner.name;
  const labels = new Set(runner.labels.map((label) => label.toLowerCase()));
  return job.labels.every((label) => labels.has(label.toLowerCase()));
}
