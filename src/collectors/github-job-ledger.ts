import type { WorkflowJob } from '../model/github.ts';

/** Every job that was heard of, from polls and webhooks alike: each counts once, and none goes back in time. */
export interface JobLedger {
  note(jobs: readonly WorkflowJob[]): void;
  /** Those that are not completed. */
  open(): readonly WorkflowJob[];
}

export function createJobLedger(): JobLedger {
  const jobs = new Map<number, WorkflowJob>();
  return {
    note(told) {
      for (const job of told) jobs.set(job.id, job);
    },
    open: () => [...jobs.values()].filter(({ status }) => status !== 'completed'),
  };
}
