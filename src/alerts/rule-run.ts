import type { AlertStates } from './alert-machine.ts';
import type { Rule, RuleGroup } from './rules.ts';
import type { TemplateScope } from './template.ts';

/** Alerts that belong to one rule, be it gone. */
export interface Tracked {
  /** The same over restarts, as long as the rule is the same one; also its writer's name in the history. */
  readonly id: string;
  states: AlertStates;
}

/** One rule with what its evaluations left behind. */
export interface RuleRun extends Tracked {
  readonly group: RuleGroup;
  readonly rule: Rule;
  readonly evaluate: Evaluator;
  lastError: string | undefined;
  /** What PromQL said beside the last result. */
  remarks: Remarks;
  lastEvaluation: number | undefined;
  durationMs: number;
}

/** Texts with their place in the expression. Bounded by the evaluation. */
export interface Remarks {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

export interface Moment {
  readonly at: number;
  /** How long rules have been evaluated over this history, ms. */
  readonly sinceStart: number;
  /** What the templates of all rules see then. */
  readonly scope: TemplateScope;
}

/** Evaluates one rule into the history; returns how many series. Throws where the data does not fit. */
export type Evaluator = (run: RuleRun, moment: Moment) => number;

export const nothingSaid: Remarks = { warnings: [], infos: [] };
