import type { Sample } from '../../model/sample.ts';
import { createHistogram } from '../buckets.ts';
import { createCounts } from '../counts.ts';
import { type Deployment, definitionOf } from './deployment.ts';
import { type Outcome, outcomes } from './deployments.ts';
import { pipelineMetrics as metrics } from './pipelines-metrics.ts';

/** Deployments, counted from the start of the process on. */
export interface DeploymentTally {
  /** Those that are configured: what was counted of others, or under another definition, goes. */
  use(deployments: readonly Deployment[]): void;
  /** `seconds` is how long it took. */
  count(deployment: string, outcome: Outcome, seconds: number): void;
  recovered(deployment: string, seconds: number): void;
  samples(): readonly Sample[];
}

const durationBounds = [10, 30, 60, 120, 180, 240, 300, 420, 600, 900, 1800, 3600] as const;
const recoveryBounds = [60, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 259_200] as const;

export function createDeploymentTally(): DeploymentTally {
  const total = createCounts(metrics.deployments);
  const duration = createHistogram(metrics.deploymentDuration, durationBounds);
  const recovery = createHistogram(metrics.recovery, recoveryBounds);
  let definitions: ReadonlyMap<string, string> = new Map();
  return {
    use(deployments) {
      const before = definitions;
      definitions = new Map(deployments.map((deployment) => [deployment.name, definitionOf(deployment)]));
      for (const counted of [total, duration, recovery]) {
        counted.keepOnly(({ deployment }) => definitions.get(deployment) === before.get(deployment));
      }
      for (const { name: deployment } of deployments) {
        for (const outcome of outcomes) total.expect({ deployment, outcome });
        for (const times of [duration, recovery]) times.expect({ deployment });
      }
    },
    count(deployment, outcome, seconds) {
      total.add({ deployment, outcome });
      if (outcome === 'success') duration.observe({ deployment }, seconds);
    },
    recovered: (deployment, seconds) => recovery.observe({ deployment }, seconds),
    samples: () => [total, duration, recovery].flatMap((counted) => counted.samples()),
  };
}
