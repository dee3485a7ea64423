import type { EndedRun } from '../../model/ended-run.ts';
import { type Sample, sample } from '../../model/sample.ts';
import { belongsTo, type Deployment } from './deployment.ts';
import type { DeploymentTally } from './deployment-tally.ts';
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

export function createDeploymentBook(deployment: Deployment, windowMs: number, tally: DeploymentTally): DeploymentBook {
  const labels = { deployment: deployment.name };
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
    tally.count(deployment.name, run.outcome, (run.endedAt - run.beganAt) / 1000);
    if (run.outcome === 'success') uncounted.add(run);
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
        if (uncounted.delete(by)) tally.recovered(deployment.name, (by.endedAt - failedAt) / 1000);
      }
    },
    drop(endedBefore) {
      runs = ordered().filter(({ endedAt }) => endedAt >= endedBefore);
      for (const run of uncounted) if (run.endedAt < endedBefore) uncounted.delete(run);
    },
    samples: (now, complete) => stateSamples(labels, ordered(), state(now, complete)),
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
