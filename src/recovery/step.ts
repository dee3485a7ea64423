import type { LadderState } from '../state/recovery-ladders.ts';
import type { Action } from './actions/action.ts';
import type { RecoveryConfig } from './config.ts';
import type { Findings } from './findings.ts';
import type { RecoveryRequest } from './payload.ts';
import type { JudgedRunner } from './ports.ts';

/** One question, and what is known before anybody is asked. */
export interface Case {
  readonly request: RecoveryRequest;
  readonly settings: RecoveryConfig;
  readonly judged: JudgedRunner;
  readonly state: LadderState;
}

/** A step that is to be taken now. */
export interface Move extends Case {
  readonly action: Action;
  readonly findings: Findings;
}
