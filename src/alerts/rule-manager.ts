import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Alert } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import type { History } from '../samples/history.ts';
import type { AlertStateStore } from '../state/alert-state.ts';
import type { Rule, RuleGroup } from './rules.ts';

/** An alert as the rules see it; a resolved one is none. */
export interface ActiveAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: 'pending' | 'firing';
  readonly activeAt: number;
  readonly value: number;
}

export interface RuleHealth {
  readonly file: string;
  readonly group: string;
  readonly rule: Rule;
  readonly health: 'unknown' | 'ok' | 'err';
  readonly lastError: string | undefined;
  readonly lastEvaluation: number | undefined;
  readonly durationMs: number;
  readonly alerts: readonly ActiveAlert[];
}

export interface RuleManager {
  /** Evaluates every group in order, whatever its interval: at once, on an event. Never throws. */
  evaluate(at: number): void;
  /** Evaluates the groups whose interval has passed: call it on the evaluation interval. Never throws. */
  evaluateDue(at: number): void;
  alerts(): readonly ActiveAlert[];
  rules(): readonly RuleHealth[];
}

export interface RuleManagerDeps {
  readonly groups: readonly RuleGroup[];
  /** Of groups that name none. */
  readonly intervalMs: number;
  readonly history: History;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: AlertStateStore;
  readonly externalURL: string;
  /** One call per evaluation, with everything that is due to be said: so that an inhibition sees its source. */
  onAlerts(alerts: readonly Alert[]): void;
}
