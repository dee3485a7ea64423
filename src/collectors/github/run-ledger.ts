import type { Clock } from '../../lib/clock.ts';
import type { DeploymentFill, EndedRun, RunReading } from '../../model/ended-run.ts';
import type { WorkflowRun } from '../../model/github.ts';
import type { Sample } from '../../model/sample.ts';
import type { Deployment } from './deployment.ts';
import type { DeploymentState } from './deployment-book.ts';
import { createDeploymentFills } from './deployment-fills.ts';
import type { RunKey } from './run-memory.ts';
import { createOpenRuns } from './run-open.ts';
import { createRunReadings, type RunReadings } from './run-readings.ts';
import { createRunRecord, otherMs, type RunSettings } from './run-record.ts';
import { createGithubTallies, type GithubTallies, wholeSecond } from './tallies.ts';

/** Where the runs are kept over a restart of ours. */
export interface RunStore {
  /** The runs in the order in which they ended. */
  load(): {
    readonly runs: readonly EndedRun[];
    readonly readings: readonly RunReading[];
    readonly fills: readonly DeploymentFill[];
  };
  /** In one transaction. */
  saveRuns(added: readonly EndedRun[], forgotten: readonly RunKey[]): void;
  /** All that there are. */
  saveReadings(readings: readonly RunReading[]): void;
  saveFills(fills: readonly DeploymentFill[]): void;
}

/** Every run that ended, from polls and webhooks alike: each attempt counts once, over restarts too. */
export interface RunLedger {
  /** Those that are polled. */
  readonly repositories: readonly string[];
  /** Takes runs as they are told now, open ones too; gives how many attempts have ended that were not known. */
  note(runs: readonly WorkflowRun[]): number;
  /** Runs of the repository that had not ended when they were last told of. */
  open(repository: string): readonly WorkflowRun[];
  /** They are not looked for any longer. */
  forget(runs: readonly WorkflowRun[]): void;
  readings(): RunReadings;
  /** From when on runs of the repository are wanted for its deployments; undefined where they are known. */
  wantedFrom(repository: string): number | undefined;
  /** All that GitHub still has of the repository since then was noted. */
  filled(repository: string, from: number): void;
  /** How long back an ended run of the repository matters, in ms. */
  reachMs(repository: string): number;
  /** Keeps on disk, now and then, what changes at every poll. */
  keep(): void;
  samples(): readonly Sample[];
  deployments(): readonly DeploymentState[];
}

interface LedgerOptions {
  readonly settings: RunSettings;
  /** Those whose runners are watched; those of the deployments are added. */
  readonly repositories: readonly string[];
  readonly store: RunStore;
  readonly clock: Clock;
  /** Where runs are counted; they may count for several ledgers, one after the other. */
  readonly tallies?: Omit<GithubTallies, 'jobs'>;
  /** Whether runs of the repository may be told. */
  readonly isWatched?: (repository: string) => boolean;
}

export function createRunLedger({ settings, store, clock, ...options }: LedgerOptions): RunLedger {
  const { tallies = createGithubTallies(clock), isWatched = () => true } = options;
  // What a repository told before it was watched is its past.
  const watchedFrom = wholeSecond(clock.now());
  const repositories = eachOnce([...options.repositories, ...settings.deployments.map(({ repository }) => repository)]);
  const spelling = new Map(repositories.map((name) => [name.toLowerCase(), name]));
  const record = createRunRecord(settings, tallies, watchedFrom);
  const fills = createDeploymentFills(settings.deployments);
  const open = createOpenRuns();
  const readings = createRunReadings(repositories, watchedFrom);
  const branchOf = (repository: string) => readings.of(repository)?.defaultBranch;
  /** Of a repository that only webhooks tell of, all that ends from now on counts. */
  const sinceOf = (repository: string): number => readings.of(repository)?.since ?? tallies.startedAt;
  const windowStart = (): number => clock.now() - settings.window;
  const isComplete = (deployment: Deployment): boolean => fills.isFilled(deployment, windowStart());

  /** Not when it is made: until the runtime before it has ended, that one still writes. */
  const load = once(() => {
    const kept = store.load();
    tallies.runs.use(settings, isWatched);
    tallies.deployments.use(settings.deployments);
    readings.restore(kept.readings);
    fills.restore(kept.fills);
    record.restore(kept.runs, branchOf);
  });

  /** Opens and closes what it tells of; gives those runs under the name that the repository has here. */
  function hear(told: readonly WorkflowRun[], now: number): readonly WorkflowRun[] {
    const runs = told.map((run) => ({
      ...run,
      repository: spelling.get(run.repository.toLowerCase()) ?? run.repository,
    }));
    for (const run of runs) {
      readings.update(run.repository, { heardAt: now });
      if (run.status === 'completed') open.close(run);
      else if (!record.has(run)) open.note(run);
    }
    return runs;
  }

  return {
    repositories,
    note(told) {
      load();
      const now = clock.now();
      const fresh = record.freshOf(hear(told, now), now);
      if (fresh.length === 0) return 0;
      // First on disk: where that fails nothing is counted, and the next poll tries again.
      store.saveRuns(fresh, []);
      record.take(fresh, (repository) => Math.max(sinceOf(repository), now - otherMs), branchOf);
      const forgotten = record.prune(now);
      if (forgotten.length > 0) store.saveRuns([], forgotten);
      return fresh.length;
    },
    open: open.of,
    forget(runs) {
      for (const run of runs) open.close(run);
    },
    readings() {
      load();
      return readings;
    },
    wantedFrom(repository) {
      load();
      return fills.wantedFrom(repository, windowStart());
    },
    filled(repository, from) {
      if (fills.add(repository, from)) store.saveFills(fills.all());
    },
    reachMs: record.reachMs,
    keep() {
      const unsaved = readings.unsaved(clock.now());
      if (unsaved.length > 0) store.saveReadings(unsaved);
    },
    samples() {
      load();
      return [...record.samples(clock.now(), isComplete), ...readings.samples()];
    },
    deployments() {
      load();
      return record.deployments(clock.now(), isComplete);
    },
  };
}

/** The first call that does not fail is the last. */
function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}

/** GitHub does not part upper from lower case: the first spelling stays. */
function eachOnce(names: readonly string[]): readonly string[] {
  const spellings = new Map<string, string>();
  for (const name of names) if (!spellings.has(name.toLowerCase())) spellings.set(name.toLowerCase(), name);
  return [...spellings.values()];
}
