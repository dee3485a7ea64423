import type { WorkflowRun } from './github.ts';

/** An attempt of a workflow run that has ended, as it is remembered. Times are ms since the epoch. */
export interface EndedRun
  extends Pick<WorkflowRun, 'id' | 'attempt' | 'repository' | 'workflow' | 'workflowFile' | 'event' | 'branch'> {
  /** GitHub's word; empty where it gave none. */
  readonly conclusion: string;
  /** The first attempt begins when the run is made, so its waiting counts; a further one when it is started. */
  readonly beganAt: number;
  readonly endedAt: number;
}

/** What is remembered of reading a repository's runs. Times are ms since the epoch. */
export interface RunReading {
  readonly repository: string;
  /** Runs that ended before this are the past: they count in no counter. */
  readonly since: number;
  /** When its runs were last read, or told by a webhook. */
  readonly readAt: number;
  readonly defaultBranch: string | undefined;
}

/** From when on all runs of a deployment are known, ms since the epoch. */
export interface DeploymentFill {
  readonly deployment: string;
  /** Where its runs were looked for: what is known of another workflow says nothing of this one. */
  readonly definition: string;
  readonly from: number;
}
