import type { DeploymentFill } from '../../model/ended-run.ts';
import { type Deployment, definitionOf } from './deployment.ts';

/** From when on all runs of each deployment are known. Times are ms since the epoch. */
export interface DeploymentFills {
  restore(kept: readonly DeploymentFill[]): void;
  isFilled(deployment: Deployment, from: number): boolean;
  /** `from` where a deployment of the repository is not known from then on, else undefined. */
  wantedFrom(repository: string, from: number): number | undefined;
  /** Whether anything changed. */
  add(repository: string, from: number): boolean;
  all(): readonly DeploymentFill[];
}

export function createDeploymentFills(deployments: readonly Deployment[]): DeploymentFills {
  const filled = new Map<string, DeploymentFill>();
  const of = (repository: string) =>
    deployments.filter((deployment) => deployment.repository.toLowerCase() === repository.toLowerCase());
  const isFilled = ({ name }: Deployment, from: number): boolean =>
    (filled.get(name)?.from ?? Number.POSITIVE_INFINITY) <= from;
  return {
    restore(kept) {
      for (const fill of kept) {
        const now = deployments.find(({ name }) => name === fill.deployment);
        if (now && definitionOf(now) === fill.definition) filled.set(fill.deployment, fill);
      }
    },
    isFilled,
    wantedFrom: (repository, from) =>
      of(repository).some((deployment) => !isFilled(deployment, from)) ? from : undefined,
    add(repository, from) {
      const missing = of(repository).filter((deployment) => !isFilled(deployment, from));
      for (const deployment of missing) {
        filled.set(deployment.name, { deployment: deployment.name, definition: definitionOf(deployment), from });
      }
      return missing.length > 0;
    },
    all: () => [...filled.values()],
  };
}
