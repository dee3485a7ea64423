import type { WorkflowRun } from '../model/github.ts';

/** Every run that ended, from polls and webhooks alike: each attempt counts once. */
export interface RunLedger {
  note(runs: readonly WorkflowRun[]): void;
}

export function createRunLedger(): RunLedger {
  return { note: () => undefined };
}
