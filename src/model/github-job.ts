import type { WorkflowJob } from './github.ts';

/** What is kept of a job, and what was told of it already. Times are ms since the epoch. */
export interface JobRecord {
  readonly job: WorkflowJob;
  /**
   * Since when it waits for a runner: since it was made, or, where it had to wait for an approval or for another run
   * first, since it was seen queued. Undefined where nobody saw when that ended.
   */
  readonly queuedAt: number | undefined;
  /** Its wait was counted, and its start written into the audit log. */
  readonly started: boolean;
  /** Its run was counted. */
  readonly ran: boolean;
  /** Its end was written into the audit log. */
  readonly ended: boolean;
  /** GitHub's lists do not have it any more, and nobody said how it ended. */
  readonly lost: boolean;
  /** When GitHub last said anything new of it. */
  readonly seenAt: number;
}
