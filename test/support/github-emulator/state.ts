import { randomUUID } from 'node:crypto';

/** The emulator needs the wall time only; a test may hand in its fake clock. */
export interface Now {
  /** ms since the epoch */
  now(): number;
}

export interface Job {
  readonly id: number;
  readonly name: string;
  /** Runner that must take it; undefined where any runner with the labels may. */
  readonly runner: string | undefined;
  readonly labels: readonly string[];
  readonly seconds: number;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | null;
  runnerId: number | null;
  renewedAt: number;
}

export interface RunnerRecord {
  readonly id: number;
  /** `owner/repo` or an organisation */
  readonly scope: string;
  readonly name: string;
  readonly labels: readonly string[];
  readonly ephemeral: boolean;
  readonly version: string | null;
  readonly clientId: string;
  /** What the test said; where absent, the listener's session and its job decide. */
  readonly pinned: { readonly status?: 'online' | 'offline'; readonly busy?: boolean };
  session: { readonly id: string; lastSeen: number } | undefined;
}

export interface NewRunner {
  readonly scope: string;
  readonly name: string;
  readonly labels?: readonly string[];
  readonly ephemeral?: boolean;
  readonly version?: string | null;
  readonly status?: 'online' | 'offline';
  readonly busy?: boolean;
}

/** A job goes to the runner of that name, or to any idle one that has all labels. */
export interface NewJob {
  readonly name?: string;
  readonly runner?: string;
  readonly labels?: readonly string[];
  readonly seconds: number;
}

export interface StateOptions {
  readonly clock: Now;
  /** A listener that has not asked for a message for so long is offline. */
  readonly offlineAfterMs: number;
  /** GitHub gives a job up whose runner does not renew it for so long. */
  readonly jobLostAfterMs: number;
}

export type State = ReturnType<typeof createState>;

/** Everything that the emulated GitHub remembers about runners and jobs. */
export function createState({ clock, offlineAfterMs, jobLostAfterMs }: StateOptions) {
  const runners = new Map<number, RunnerRecord>();
  const jobs = new Map<number, Job>();
  let lastId = 0;

  function add(runner: NewRunner): RunnerRecord {
    const { scope, name, labels = [], ephemeral = false, version = null, status, busy } = runner;
    const pinned = { ...(status && { status }), ...(busy !== undefined && { busy }) };
    lastId += 1;
    const clientId = randomUUID();
    const record = { id: lastId, scope, name, labels, ephemeral, version, clientId, pinned, session: undefined };
    runners.set(record.id, record);
    return record;
  }

  function isOnline(runner: RunnerRecord): boolean {
    if (runner.pinned.status) return runner.pinned.status === 'online';
    return runner.session !== undefined && clock.now() - runner.session.lastSeen < offlineAfterMs;
  }

  function jobOf(runner: RunnerRecord): Job | undefined {
    giveUpLostJobs();
    return [...jobs.values()].find((job) => job.runnerId === runner.id && job.status === 'in_progress');
  }

  function giveUpLostJobs(): void {
    for (const job of jobs.values()) {
      const lost = job.status === 'in_progress' && clock.now() - job.renewedAt >= jobLostAfterMs;
      if (lost) complete(job, 'failure');
    }
  }

  function isBusy(runner: RunnerRecord): boolean {
    return runner.pinned.busy ?? jobOf(runner) !== undefined;
  }

  function queue({ name, runner, labels = [], seconds }: NewJob): Job {
    lastId += 1;
    const open = { status: 'queued', conclusion: null, runnerId: null, renewedAt: clock.now() } as const;
    const job: Job = { id: lastId, name: name ?? `job-${lastId}`, runner, labels, seconds, ...open };
    jobs.set(job.id, job);
    return job;
  }

  /** Gives an idle runner the oldest job that it may take. */
  function assign(runner: RunnerRecord): Job | undefined {
    if (jobOf(runner)) return undefined;
    const job = [...jobs.values()].find((candidate) => candidate.status === 'queued' && mayTake(runner, candidate));
    if (job) Object.assign(job, { status: 'in_progress', runnerId: runner.id, renewedAt: clock.now() });
    return job;
  }

  function complete(job: Job, conclusion: string): void {
    Object.assign(job, { status: 'completed', conclusion });
    const runner = runners.get(job.runnerId ?? 0);
    if (runner?.ephemeral) runners.delete(runner.id);
  }

  return {
    add,
    remove: (id: number) => runners.delete(id),
    get: (id: number) => runners.get(id),
    list: () => [...runners.values()],
    jobs: () => [...jobs.values()],
    job: (id: number) => jobs.get(id),
    isOnline,
    isBusy,
    queue,
    assign,
    complete,
  };
}

function mayTake(runner: RunnerRecord, job: Job): boolean {
  if (job.runner !== undefined) return job.runner === runner.name;
  return job.labels.every((label) => runner.labels.includes(label));
}
