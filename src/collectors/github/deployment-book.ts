import type { EndedRun } from '../../model/ended-run.ts';
import { type Sample, sample } from '../../model/sample.ts';
import { createHistogram } from '../buckets.ts';
import { createCounts } from '../counts.ts';
import {
  type DeploymentFigures,
  type DeploymentRun,
  failingSince,
  figuresOf,
  inOrder,
  type Outcome,
  outcomeOf,
  outcomes,
  recoveriesOf,
} from './deployments.ts';
import { pipelineMetrics as metrics } from './pipelines-metrics.ts';
import { isPullRequest } from './run-labels.ts';

/** A workflow that deploys something, as it is configured. */
export interface Deployment {
  readonly name: string;
  readonly repository: string;
  /** Its name, or its file's. */
  readonly workflow: string;
  readonly branch?: string | undefined;
}

/** A deployment as the API and the command show it. Times are ms since the epoch. */
export interface DeploymentState extends Partial<DeploymentFigures> {
  readonly deployment: string;
  readonly repository: string;
  readonly workflow: string;
  readonly lastOutcome: Outcome | undefined;
  readonly lastAt: number | undefined;
  readonly failingSince: number | undefined;
  readonly windowMs: number;
}

/** The runs of one deployment, and what they say of it. */
export interface DeploymentBook {
  readonly deployment: Deployment;
  /** Whether the run is one of its own; `counted` where it ended while somebody watched. */
  add(run: EndedRun, counted: boolean): boolean;
  /** Counts the recoveries that the runs added last have made. */
  settle(): void;
  drop(endedBefore: number): void;
  /** `complete` where all runs of the window are known: a part of them gives no figures. */
  samples(now: number, complete: boolean): readonly Sample[];
  state(now: number, complete: boolean): DeploymentState;
}

const durationBounds = [10, 30, 60, 120, 180, 240, 300, 420, 600, 900, 1800, 3600] as const;
const recoveryBounds = [60, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 259_200] as const;

export function belongsTo({ repository, workflow, branch }: Deployment, run: EndedRun): boolean {
  if (repository.toLowerCase() !== run.repository.toLowerCase()) return false;
  if (workflow !== run.workflow && workflow !== run.workflowFile) return false;
  // A fork's pull request may come from a branch that has the same name.
  return branch === undefined || (branch === run.branch && !isPullRequest(run));
}

export function createDeploymentBook(deployment: Deployment, windowMs: number): DeploymentBook {
  const labels = { deployment: deployment.name };
  const total = createCounts(metrics.deployments);
  const duration = createHistogram(metrics.deploymentDuration, durationBounds);
  const recovery = createHistogram(metrics.recovery, recoveryBounds);
  for (const outcome of outcomes) total.expect({ ...labels, outcome });
  for (const times of [duration, recovery]) times.expect(labels);
  let runs: readonly DeploymentRun[] = [];
  let added: DeploymentRun[] = [];
  /** Successes that no failure is known before, which a poll may still find. */
  const uncounted = new Set<DeploymentRun>();

  function ordered(): readonly DeploymentRun[] {
    if (added.length > 0) runs = inOrder([...runs, ...added]);
    added = [];
    return runs;
  }

  function count(run: DeploymentRun): void {
    total.add({ ...labels, outcome: run.outcome });
    if (run.outcome !== 'success') return;
    duration.observe(labels, (run.endedAt - run.beganAt) / 1000);
    uncounted.add(run);
  }

  function state(now: number, complete: boolean): DeploymentState {
    const { repository, workflow } = deployment;
    const last = ordered().at(-1);
    return {
      ...{ deployment: deployment.name, repository, workflow, windowMs },
      lastOutcome: last?.outcome,
      lastAt: last?.endedAt,
      failingSince: failingSince(ordered()),
      ...(complete ? figuresOf(ordered(), now - windowMs) : {}),
    };
  }

  return {
    deployment,
    add(run, counted) {
      if (!belongsTo(deployment, run)) return false;
      const outcome = outcomeOf(run.conclusion);
      if (outcome === undefined) return true;
      const { id, attempt, beganAt, endedAt } = run;
      const entry = { id, attempt, outcome, beganAt, endedAt };
      added.push(entry);
      if (counted) count(entry);
      return true;
    },
    settle() {
      for (const { by, failedAt } of uncounted.size > 0 ? recoveriesOf(ordered()) : []) {
        if (uncounted.delete(by)) recovery.observe(labels, (by.endedAt - failedAt) / 1000);
      }
    },
    drop(endedBefore) {
      runs = ordered().filter(({ endedAt }) => endedAt >= endedBefore);
      for (const run of uncounted) if (run.endedAt < endedBefore) uncounted.delete(run);
    },
    samples: (now, complete) => [
      ...[total, duration, recovery].flatMap((counted) => counted.samples()),
      ...stateSamples(labels, ordered(), state(now, complete)),
    ],
    state,
  };
}

function stateSamples(
  labels: { readonly deployment: string },
  ordered: readonly DeploymentRun[],
  { counts, successRatio, meanRecoveryMs, failingSince: since, windowMs }: DeploymentState,
): readonly Sample[] {
  const lastOnes = outcomes.flatMap((outcome) => {
    const last = ordered.findLast((run) => run.outcome === outcome);
    return last ? [sample(metrics.last, { ...labels, outcome }, last.endedAt / 1000)] : [];
  });
  const inWindow = counts
    ? outcomes.map((outcome) => sample(metrics.inWindow, { ...labels, outcome }, counts[outcome]))
    : [];
  return [
    sample(metrics.window, labels, windowMs / 1000),
    ...inWindow,
    ...lastOnes,
    ...(successRatio === undefined ? [] : [sample(metrics.successRatio, labels, successRatio)]),
    ...(meanRecoveryMs === undefined ? [] : [sample(metrics.meanRecovery, labels, meanRecoveryMs / 1000)]),
    ...(since === undefined ? [] : [sample(metrics.failingSince, labels, since / 1000)]),
  ];
}
