import type { WorkflowRun } from '../../model/github.ts';

/** Runs that were seen before they ended: one that was made long ago may end where a poll does not look. */
export interface OpenRuns {
  note(run: WorkflowRun): void;
  /** The attempt has ended, and with it those before. */
  close(run: Pick<WorkflowRun, 'id' | 'attempt'>): void;
  of(repository: string): readonly WorkflowRun[];
}

/** The first to go were noted longest ago; a sweep may still find how they ended. */
const maxOpen = 1_000;

export function createOpenRuns(): OpenRuns {
  const runs = new Map<number, WorkflowRun>();
  return {
    note(run) {
      if ((runs.get(run.id)?.attempt ?? 0) > run.attempt) return;
      runs.delete(run.id);
      runs.set(run.id, run);
      const [oldest] = runs.keys();
      if (runs.size > maxOpen && oldest !== undefined) runs.delete(oldest);
    },
    close({ id, attempt }) {
      if ((runs.get(id)?.attempt ?? Number.POSITIVE_INFINITY) <= attempt) runs.delete(id);
    },
    of: (repository) => [...runs.values()].filter((run) => run.repository === repository),
  };
}
