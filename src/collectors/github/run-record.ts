import type { EndedRun } from '../../model/ended-run.ts';
import type { WorkflowRun } from '../../model/github.ts';
import type { Sample } from '../../model/sample.ts';
import { belongsTo, type Deployment } from './deployment.ts';
import { createDeploymentBook, type DeploymentState } from './deployment-book.ts';
import type { DeploymentTally } from './deployment-tally.ts';
import { createRunMemory, endedRunOf, type RunKey } from './run-memory.ts';
import type { RunTally } from './run-tally.ts';

export interface RunSettings {
  readonly workflows: readonly string[];
  readonly max_workflows: number;
  readonly deployments: readonly Deployment[];
  /** In ms. */
  readonly window: number;
}

/** Where runs are counted. */
export interface RunTallies {
  readonly runs: RunTally;
  readonly deployments: DeploymentTally;
}

/** Runs that ended, and what they add up to. Nothing here is kept over a restart. Times are ms since the epoch. */
export interface RunRecord {
  /** Those that ended and are not known, in the order in which they ended, each attempt once. */
  freshOf(told: readonly WorkflowRun[], now: number): readonly EndedRun[];
  has(run: RunKey): boolean;
  /** Takes what was kept, in the order in which it ended. */
  restore(runs: readonly EndedRun[], defaultBranchOf: BranchOf): void;
  /** Counts those that ended at or after what `countsFrom` says of their repository. */
  take(runs: readonly EndedRun[], countsFrom: (repository: string) => number, defaultBranchOf: BranchOf): void;
  /** Forgets what is too old or too much, each hour or where it has to; gives what it forgot. */
  prune(now: number): readonly RunKey[];
  /** How long back an ended run of the repository matters, in ms. */
  reachMs(repository: string): number;
  samples(now: number, isComplete: IsComplete): readonly Sample[];
  deployments(now: number, isComplete: IsComplete): readonly DeploymentState[];
}

type BranchOf = (repository: string) => string | undefined;
/** Whether all runs of the deployment's window are known. */
type IsComplete = (deployment: Deployment) => boolean;

const dayMs = 24 * 3_600_000;
/** How long runs are known that deploy nothing; what ended before is the past, whenever it is found. */
export const otherMs = 7 * dayMs;
const leastDeploymentMs = 90 * dayMs;
const maxRuns = 20_000;
const pruneEveryMs = 3_600_000;

export function createRunRecord(settings: RunSettings, tallies: RunTallies, startedAt: number): RunRecord {
  const deploymentMs = Math.max(settings.window, leastDeploymentMs);
  const memory = createRunMemory({ maxRuns, deploymentMs, otherMs });
  const books = settings.deployments.map((deployment) =>
    createDeploymentBook(deployment, settings.window, tallies.deployments),
  );
  let prunedAt = startedAt;

  const deploys = (run: EndedRun): boolean => settings.deployments.some((deployment) => belongsTo(deployment, run));

  function add(run: EndedRun, isCounted: boolean, defaultBranch: string | undefined): void {
    memory.add(run, deploys(run));
    if (isCounted) tallies.runs.count(run, defaultBranch);
    else tallies.runs.expect(run, defaultBranch);
    for (const book of books) book.add(run, isCounted);
  }

  return {
    freshOf(told, now) {
      const ended = told.flatMap((run) => endedRunOf(run) ?? []);
      const fresh = ended.filter((run) => !memory.has(run) && !memory.isForgotten(run.endedAt, deploys(run), now));
      const byKey = new Map(fresh.map((run) => [`${run.id}/${run.attempt}`, run]));
      return [...byKey.values()].sort((a, b) => a.endedAt - b.endedAt || a.id - b.id || a.attempt - b.attempt);
    },
    has: memory.has,
    restore(runs, defaultBranchOf) {
      for (const run of runs) add(run, false, defaultBranchOf(run.repository));
      memory.restored();
    },
    take(runs, countsFrom, defaultBranchOf) {
      for (const run of runs) add(run, run.endedAt >= countsFrom(run.repository), defaultBranchOf(run.repository));
      for (const book of books) book.settle();
    },
    prune(now) {
      if (now - prunedAt < pruneEveryMs && memory.size() <= maxRuns) return [];
      prunedAt = now;
      for (const book of books) book.drop(now - deploymentMs);
      return memory.prune(now);
    },
    reachMs: (repository) =>
      settings.deployments.some((deployment) => isSameRepository(deployment.repository, repository))
        ? settings.window
        : otherMs,
    samples: (now, isComplete) => [
      ...tallies.runs.samples(),
      ...tallies.deployments.samples(),
      ...books.flatMap((book) => book.samples(now, isComplete(book.deployment))),
    ],
    deployments: (now, isComplete) => books.map((book) => book.state(now, isComplete(book.deployment))),
  };
}

/** GitHub does not part upper from lower case in names. */
function isSameRepository(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
