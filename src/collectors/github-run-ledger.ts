import type { Clock } from '../lib/clock.ts';
import type { DeploymentFill, EndedRun, RunReading } from '../model/ended-run.ts';
import type { WorkflowRun } from '../model/github.ts';
import type { Sample } from '../model/sample.ts';
import { belongsTo, createDeploymentBook, type Deployment, type DeploymentState } from './github-deployment-book.ts';
import { createDeploymentFills } from './github-deployment-fills.ts';
import { createRunLabels } from './github-run-labels.ts';
import { createRunMemory, endedRunOf, type RunKey } from './github-run-memory.ts';
import { createOpenRuns } from './github-run-open.ts';
import { createRunReadings, type RunReadings } from './github-run-readings.ts';
import { createRunTally } from './github-run-tally.ts';

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

export interface RunSettings {
  readonly workflows: readonly string[];
  readonly max_workflows: number;
  readonly deployments: readonly Deployment[];
  /** In ms. */
  readonly window: number;
}

interface LedgerOptions {
  readonly settings: RunSettings;
  /** Those whose runners are watched; those of the deployments are added. */
  readonly repositories: readonly string[];
  readonly store: RunStore;
  readonly clock: Clock;
}

const dayMs = 24 * 3_600_000;
const otherMs = 7 * dayMs;
const leastDeploymentMs = 90 * dayMs;
const maxRuns = 20_000;
const pruneEveryMs = 3_600_000;

export function createRunLedger({ settings, store, clock, ...options }: LedgerOptions): RunLedger {
  const { window: windowMs } = settings;
  const deploymentMs = Math.max(windowMs, leastDeploymentMs);
  const repositories = eachOnce([...options.repositories, ...settings.deployments.map(({ repository }) => repository)]);
  const spelling = new Map(repositories.map((name) => [name.toLowerCase(), name]));
  const labelsOf = createRunLabels(settings);
  const tally = createRunTally();
  const books = settings.deployments.map((deployment) => createDeploymentBook(deployment, windowMs));
  const fills = createDeploymentFills(settings.deployments);
  const memory = createRunMemory({ maxRuns, deploymentMs, otherMs });
  const open = createOpenRuns();
  const startedAt = clock.now();
  const readings = createRunReadings(repositories, startedAt);
  let prunedAt = startedAt;
  let isLoaded = false;

  const deploys = (run: EndedRun): boolean => settings.deployments.some((deployment) => belongsTo(deployment, run));

  /** Of a repository that only webhooks tell of, all that ends from now on counts. */
  const sinceOf = (repository: string): number => readings.of(repository)?.since ?? startedAt;

  /** Not when it is made: until the runtime before it has ended, that one still writes. */
  function load(): void {
    if (isLoaded) return;
    const kept = store.load();
    readings.restore(kept.readings);
    fills.restore(kept.fills);
    for (const run of kept.runs) take(run, false);
    memory.restored();
    isLoaded = true;
  }

  function take(run: EndedRun, isCounted: boolean): void {
    memory.add(run, deploys(run));
    open.close(run);
    const labels = labelsOf(run, readings.of(run.repository)?.defaultBranch);
    if (isCounted) tally.count(run, labels);
    else tally.expect(labels);
    for (const book of books) book.add(run, isCounted);
  }

  /** In the order in which they ended, each attempt once. */
  function freshOf(told: readonly WorkflowRun[], now: number): readonly EndedRun[] {
    const ended = told.flatMap((run) => endedRunOf(run) ?? []);
    const fresh = ended.filter((run) => !memory.has(run) && !memory.isForgotten(run.endedAt, deploys(run), now));
    const byKey = new Map(fresh.map((run) => [`${run.id}/${run.attempt}`, run]));
    return [...byKey.values()].sort((a, b) => a.endedAt - b.endedAt || a.id - b.id || a.attempt - b.attempt);
  }

  function prune(now: number): void {
    if (now - prunedAt < pruneEveryMs && memory.size() <= maxRuns) return;
    prunedAt = now;
    for (const book of books) book.drop(now - deploymentMs);
    const forgotten = memory.prune(now);
    if (forgotten.length > 0) store.saveRuns([], forgotten);
  }

  function note(told: readonly WorkflowRun[]): number {
    load();
    const now = clock.now();
    const runs = told.map((run) => ({
      ...run,
      repository: spelling.get(run.repository.toLowerCase()) ?? run.repository,
    }));
    for (const run of runs) {
      readings.update(run.repository, { heardAt: now });
      if (run.status !== 'completed' && !memory.has(run)) open.note(run);
      if (run.status === 'completed') open.close(run);
    }
    const fresh = freshOf(runs, now);
    if (fresh.length === 0) return 0;
    // First on disk: where that fails nothing is counted, and the next poll tries again.
    store.saveRuns(fresh, []);
    for (const run of fresh) take(run, run.endedAt >= Math.max(sinceOf(run.repository), now - otherMs));
    for (const book of books) book.settle();
    prune(now);
    return fresh.length;
  }

  return {
    repositories,
    note,
    open: (repository) => open.of(repository),
    forget: (runs) => runs.forEach(open.close),
    readings() {
      load();
      return readings;
    },
    wantedFrom(repository) {
      load();
      return fills.wantedFrom(repository, clock.now() - windowMs);
    },
    filled(repository, from) {
      if (fills.add(repository, from)) store.saveFills(fills.all());
    },
    reachMs: (repository) => (fills.has(repository) ? windowMs : otherMs),
    keep() {
      const unsaved = readings.unsaved(clock.now());
      if (unsaved.length > 0) store.saveReadings(unsaved);
    },
    samples() {
      load();
      const now = clock.now();
      return [
        ...tally.samples(),
        ...books.flatMap((book) => book.samples(now, fills.isFilled(book.deployment, now - windowMs))),
        ...readings.samples(),
      ];
    },
    deployments() {
      load();
      const now = clock.now();
      return books.map((book) => book.state(now, fills.isFilled(book.deployment, now - windowMs)));
    },
  };
}

/** GitHub does not part upper from lower case: the first spelling stays. */
function eachOnce(names: readonly string[]): readonly string[] {
  const byKey = new Map(names.toReversed().map((name) => [name.toLowerCase(), name]));
  return [...byKey.values()].toReversed();
}
