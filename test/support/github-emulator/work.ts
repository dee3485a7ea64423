import { randomBytes } from 'node:crypto';
import type { Now } from './state.ts';

export type JobStatus = 'queued' | 'waiting' | 'pending' | 'in_progress' | 'completed';

export interface Job {
  readonly id: number;
  readonly runId: number;
  /** The attempt of the run that it belongs to. */
  readonly attempt: number;
  /** `owner/name` */
  readonly repository: string;
  /** Whether runners of any scope may take it, for tests that name no repository. */
  readonly anywhere: boolean;
  readonly name: string;
  /** Runner that must take it; undefined where any runner with the labels may. */
  readonly runner: string | undefined;
  readonly labels: readonly string[];
  readonly seconds: number;
  readonly createdAt: number;
  status: JobStatus;
  conclusion: string | null;
  startedAt: number | null;
  completedAt: number | null;
  runnerId: number | null;
  runnerName: string | null;
  /** Infinity for a job that a test moves by hand: nobody renews it. */
  renewedAt: number;
}

export interface Run {
  readonly id: number;
  readonly number: number;
  readonly repository: string;
  readonly workflow: string;
  /** `ci.yml`; one with a slash is told as it is, such as `dynamic/pages/build`. */
  readonly file: string;
  readonly branch: string | null;
  readonly event: string;
  readonly sha: string;
  readonly createdAt: number;
  attempt: number;
  startedAt: number;
  updatedAt: number;
  status: JobStatus;
  conclusion: string | null;
  readonly jobs: Job[];
}

export interface NewRunJob {
  readonly name?: string;
  readonly labels?: readonly string[];
  readonly runner?: string;
  /** How long a stand-in runner works on it. */
  readonly seconds?: number;
  /** `waiting` is for a deployment's approval, `pending` for a concurrency group. */
  readonly status?: Extract<JobStatus, 'queued' | 'waiting' | 'pending'>;
}

export interface NewRun {
  readonly repository?: string;
  readonly workflow?: string;
  readonly file?: string;
  readonly branch?: string | null;
  readonly event?: string;
  /** One with GitHub's usual labels where absent. */
  readonly jobs?: readonly NewRunJob[];
}

/** What a webhook tells of. */
export type WorkEvent =
  | { readonly event: 'workflow_job'; readonly action: string; readonly run: Run; readonly job: Job }
  | { readonly event: 'workflow_run'; readonly action: string; readonly run: Run };

/** As large as GitHub's own: they do not fit into 32 bits. */
const firstRunId = 10_000_000_001;
const firstJobId = 30_000_000_001;

/** Runs and their jobs. Every change is told to `changed`, in the order of GitHub's webhooks. */
export function createWork(clock: Now, changed: (event: WorkEvent) => void) {
  const runs = new Map<number, Run>();
  const jobs = new Map<number, Job>();
  const open = new Set<Job>();
  const counts = { run: 0, job: 0 };

  function addRun(given: NewRun = {}, anywhere = false): Run {
    const { repository = 'octo/homelab', workflow = 'CI', file = 'ci.yml', branch = 'main', event = 'push' } = given;
    const now = clock.now();
    const sha = randomBytes(20).toString('hex');
    const id = firstRunId + counts.run;
    counts.run += 1;
    const made = { id, number: counts.run, repository, workflow, file, branch, event, sha, createdAt: now };
    const moves = { attempt: 1, startedAt: now, updatedAt: now, status: 'queued' as const, conclusion: null };
    const run: Run = { ...made, ...moves, jobs: [] };
    runs.set(run.id, run);
    changed({ event: 'workflow_run', action: 'requested', run });
    for (const job of given.jobs ?? [{}]) addJob(run.id, job, anywhere);
    return run;
  }

  function addJob(runId: number, given: NewRunJob, anywhere = false): Job {
    const run = runOf(runId);
    const { name, runner, labels = ['self-hosted'], seconds = 60, status = 'queued' } = given;
    const id = firstJobId + counts.job;
    counts.job += 1;
    const place = { runId, attempt: run.attempt, repository: run.repository, anywhere };
    const said = { id, name: name ?? `job-${counts.job}`, runner, labels, seconds, createdAt: clock.now() };
    const ends = { conclusion: null, startedAt: null, completedAt: null, runnerId: null, runnerName: null };
    const job: Job = { ...place, ...said, ...ends, status, renewedAt: clock.now() };
    jobs.set(job.id, job);
    open.add(job);
    run.jobs.push(job);
    settle(run);
    // GitHub tells a pending job of nobody.
    if (status !== 'pending') changed({ event: 'workflow_job', action: status, run, job });
    return job;
  }

  function runOf(id: number): Run {
    const run = runs.get(id);
    if (!run) throw new Error(`there is no run ${id}`);
    return run;
  }

  function move(job: Job, next: Partial<Job>): void {
    const run = runOf(job.runId);
    Object.assign(job, next);
    if (job.status === 'completed') open.delete(job);
    settle(run);
    changed({ event: 'workflow_job', action: job.status, run, job });
    tellRun(run);
  }

  /** What the run's jobs make of it. */
  function settle(run: Run): void {
    const latest = run.jobs.filter(({ attempt }) => attempt === run.attempt);
    run.status = statusOf(latest.map(({ status }) => status));
    run.conclusion = run.status === 'completed' ? conclusionOf(latest.map(({ conclusion }) => conclusion)) : null;
    run.updatedAt = clock.now();
  }

  const told = new Map<number, string>();
  function tellRun(run: Run): void {
    const action = run.status;
    const key = `${run.attempt} ${action}`;
    if ((action !== 'in_progress' && action !== 'completed') || told.get(run.id) === key) return;
    told.set(run.id, key);
    changed({ event: 'workflow_run', action, run });
  }

  return {
    addRun,
    addJob,
    run: (id: number) => runs.get(id),
    runs: () => [...runs.values()],
    job: (id: number) => jobs.get(id),
    jobs: () => [...jobs.values()],
    open: (): Iterable<Job> => open,
    start(job: Job, runner: { readonly id: number; readonly name: string }, renewedAt: number): void {
      const taken = { runnerId: runner.id, runnerName: runner.name };
      move(job, { status: 'in_progress', startedAt: clock.now(), renewedAt, ...taken });
    },
    complete(job: Job, conclusion: string): void {
      move(job, { status: 'completed', conclusion, completedAt: clock.now(), startedAt: job.startedAt ?? clock.now() });
    },
    /** The approval is given, or the concurrency group is free. */
    release(job: Job): void {
      move(job, { status: 'queued' });
    },
    /** A new attempt, with new ids for its jobs. */
    rerun(id: number): Run {
      const run = runOf(id);
      const again = run.jobs.filter(({ attempt }) => attempt === run.attempt);
      run.attempt += 1;
      run.startedAt = clock.now();
      changed({ event: 'workflow_run', action: 'requested', run });
      for (const { name, labels, runner, seconds, anywhere } of again) {
        addJob(id, { name, labels, seconds, ...(runner !== undefined && { runner }) }, anywhere);
      }
      return run;
    },
  };
}

/** A run that holds queued and running jobs is in progress, for GitHub. */
function statusOf(statuses: readonly JobStatus[]): JobStatus {
  if (statuses.length > 0 && statuses.every((status) => status === 'completed')) return 'completed';
  if (statuses.includes('in_progress')) return 'in_progress';
  const still = statuses.filter((status) => status !== 'completed');
  for (const status of ['waiting', 'pending'] as const) {
    if (still.length > 0 && still.every((one) => one === status)) return status;
  }
  return statuses.includes('completed') ? 'in_progress' : 'queued';
}

function conclusionOf(conclusions: readonly (string | null)[]): string {
  for (const worst of ['failure', 'timed_out', 'cancelled', 'action_required']) {
    if (conclusions.includes(worst)) return worst;
  }
  return conclusions.every((conclusion) => conclusion === 'skipped') ? 'skipped' : 'success';
}
