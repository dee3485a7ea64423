import { createJobFilter, createRepositoryFilter } from '../../src/collectors/github/job-filter.ts';
import { createJobLedger, type JobStore } from '../../src/collectors/github/job-ledger.ts';
import type { JobTally } from '../../src/collectors/github/job-tally.ts';
import { createRunnerMemory } from '../../src/collectors/github/runner-memory.ts';
import { compileSearch } from '../../src/lib/regex.ts';
import type { AuditEvent } from '../../src/model/audit.ts';
import type { WorkflowJob } from '../../src/model/github.ts';
import type { GithubRunner, GithubScope } from '../../src/model/runner.ts';
import { FakeClock } from './fake-clock.ts';

/** When the FakeClock begins. */
export const noon = Date.parse('2026-01-01T00:00:00Z');
export const second = 1000;
export const hour = 3600 * second;

/** A job that was queued at noon. */
export function queuedJob(over: Partial<WorkflowJob> = {}): WorkflowJob {
  return {
    id: 1,
    runId: 10,
    repository: 'octo/homelab',
    name: 'build',
    workflow: 'CI',
    status: 'queued',
    conclusion: undefined,
    labels: ['self-hosted', 'Linux'],
    runner: undefined,
    createdAt: noon,
    startedAt: undefined,
    completedAt: undefined,
    ...over,
  };
}

/** The job 30 s later, on a runner. */
export function runningJob(over: Partial<WorkflowJob> = {}): WorkflowJob {
  return queuedJob({ status: 'in_progress', runner: 'ci-1', startedAt: noon + 30 * second, ...over });
}

/** The job after two minutes of work. */
export function endedJob(over: Partial<WorkflowJob> = {}): WorkflowJob {
  return runningJob({ status: 'completed', conclusion: 'success', completedAt: noon + 150 * second, ...over });
}

export function onlineRunner(over: Partial<GithubRunner> = {}): GithubRunner {
  const facts = { id: 1, name: 'ci-1', os: 'linux', version: '2.336.0', ephemeral: false, groupId: undefined };
  return { ...facts, status: 'online', busy: false, labels: ['self-hosted', 'linux', 'x64'], ...over };
}

const scopes: readonly GithubScope[] = [{ kind: 'repository', name: 'octo/homelab' }];

export const forgetful: JobStore = { load: () => [], save: () => undefined };

interface HouseOptions {
  readonly clock?: FakeClock;
  readonly store?: JobStore;
  readonly githubScopes?: readonly GithubScope[];
  readonly repositories?: readonly string[];
  readonly maxJobs?: number;
  readonly tally?: JobTally;
}

/** A ledger with what is around it. */
export function jobHouse({
  clock = new FakeClock(),
  store = forgetful,
  githubScopes = scopes,
  repositories = githubScopes.flatMap(({ kind, name }) => (kind === 'repository' ? [name] : [])),
  maxJobs,
  tally,
}: HouseOptions = {}) {
  const told: AuditEvent[] = [];
  const runnerMemory = createRunnerMemory();
  const ignoreLabels = [compileSearch('^(ubuntu|windows|macos)-')];
  const jobs = createJobLedger({
    clock,
    audit: (event) => void told.push(event),
    store,
    adopt: createJobFilter({ repositories, ignoreLabels, githubScopes, runnerMemory }),
    isWatched: createRepositoryFilter({ repositories, githubScopes }),
    ...(maxJobs === undefined ? {} : { maxJobs }),
    ...(tally === undefined ? {} : { tally }),
  });
  return { clock, told, jobs, runnerMemory, githubScopes, runnersPaceMs: () => 30 * second };
}
