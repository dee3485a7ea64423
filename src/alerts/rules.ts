import type { Expr } from '../promql/ast.ts';
import type { Template } from './template.ts';

export interface AlertingRule {
  readonly kind: 'alerting';
  readonly name: string;
  readonly query: string;
  readonly expr: Expr;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: Readonly<Record<string, Template>>;
  readonly annotations: Readonly<Record<string, Template>>;
}

export interface RecordingRule {
  readonly kind: 'recording';
  /** The metric that it writes. */
  readonly name: string;
  readonly query: string;
  readonly expr: Expr;
  readonly labels: Readonly<Record<string, string>>;
}

export type Rule = AlertingRule | RecordingRule;

export interface RuleGroup {
  readonly file: string;
  readonly name: string;
  /** Undefined: the evaluation interval of the whole. */
  readonly intervalMs: number | undefined;
  readonly queryOffsetMs: number;
  /** 0 for none. */
  readonly limit: number;
  readonly rules: readonly Rule[];
}
