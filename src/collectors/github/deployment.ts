import type { EndedRun } from '../../model/ended-run.ts';
import { isPullRequest } from './run-labels.ts';

/** A workflow that deploys something, as it is configured. */
export interface Deployment {
  readonly name: string;
  readonly repository: string;
  /** Its name, or its file's. */
  readonly workflow: string;
  readonly branch?: string | undefined;
}

export function belongsTo({ repository, workflow, branch }: Deployment, run: EndedRun): boolean {
  if (repository.toLowerCase() !== run.repository.toLowerCase()) return false;
  if (workflow !== run.workflow && workflow !== run.workflowFile) return false;
  // A fork's pull request may come from a branch that has the same name.
  return branch === undefined || (branch === run.branch && !isPullRequest(run));
}

/** Which runs the deployment is, under whatever name. */
export function definitionOf({ repository, workflow, branch }: Deployment): string {
  return JSON.stringify([repository.toLowerCase(), workflow, branch ?? null]);
}
