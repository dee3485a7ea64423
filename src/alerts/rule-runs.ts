import { type Labels, labelKey } from '../model/labels.ts';
import type { Expr } from '../promql/ast.ts';
import { evaluate } from '../promql/evaluate.ts';
import { parseExpr } from '../promql/parse.ts';
import type { VectorSample } from '../promql/value.ts';
import type { History, SeriesValue } from '../samples/history.ts';
import { type AlertState, type AlertStates, foundAlerts, step, withoutEmpty } from './alert-machine.ts';
import type { AlertingRule, RecordingRule, Rule, RuleGroup } from './rules.ts';
import { type TemplateScope, templateScope } from './template.ts';

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
  lastError: string | undefined;
  lastEvaluation: number | undefined;
  durationMs: number;
}

export function createRuns(groups: readonly RuleGroup[]): readonly RuleRun[] {
  const used = new Set<string>();
  return groups.flatMap((group) =>
    group.rules.map((rule) => ({
      id: uniqueId(used, group, rule),
      group,
      rule,
      states: new Map(),
      lastError: undefined,
      lastEvaluation: undefined,
      durationMs: 0,
    })),
  );
}

/**
 * Without the file: a directory that moved must not end every alert in it and raise it anew. Rules of one name are told
 * apart by their labels first, so that moving one in its file does not mix them up.
 */
function uniqueId(used: Set<string>, { name }: RuleGroup, rule: Rule): string {
  const base = [name, rule.name, labelKey(labelTexts(rule))].join(';');
  let id = base;
  for (let count = 2; used.has(id); count++) id = `${base}#${count}`;
  used.add(id);
  return id;
}

function labelTexts(rule: Rule): Labels {
  if (rule.kind === 'recording') return rule.labels;
  return Object.fromEntries(Object.entries(rule.labels).map(([name, { text }]) => [name, text]));
}

/** Where the rules read and write, and the step of subqueries without one: the interval of the whole. */
export interface RuleGround {
  readonly history: History;
  readonly intervalMs: number;
  readonly externalURL: string;
  /** What templates see as `$externalLabels`; none by default. */
  readonly externalLabels?: Labels;
}

/** Evaluates a recording rule into the history. Throws where the data does not fit. */
export function record(ground: RuleGround, { id, group }: RuleRun, rule: RecordingRule, at: number): void {
  const series = query(ground, rule.expr, at).map(({ labels: { __name__: _, ...labels }, value }) => ({
    labels: withoutEmpty({ ...labels, ...rule.labels, __name__: rule.name }),
    value,
  }));
  if (new Set(series.map(({ labels }) => labelKey(labels))).size < series.length) {
    throw new Error('vector contains metrics with the same labelset after applying rule labels');
  }
  if (group.limit > 0 && series.length > group.limit) {
    throw new Error(`exceeded limit of ${group.limit} with ${series.length} series`);
  }
  ground.history.append(id, at, series);
}

export interface AlertEvaluation {
  readonly at: number;
  readonly generatorURL: string;
  readonly settled: boolean;
}

/** Evaluates an alerting rule; the states change and ALERTS is written only where all of it went well. */
export function evaluateAlerts(
  ground: RuleGround,
  run: RuleRun,
  rule: AlertingRule,
  { at, generatorURL, settled }: AlertEvaluation,
): void {
  const queryAt = at - run.group.queryOffsetMs;
  const found = foundAlerts(rule, query(ground, rule.expr, queryAt), scopeAt(ground, at));
  const states = step(run.states, { rule, found, at, generatorURL, settled });
  const active = [...states.values()].filter(({ phase }) => phase !== 'resolved');
  if (run.group.limit > 0 && active.length > run.group.limit) {
    throw new Error(`exceeded limit of ${run.group.limit} with ${active.length} alerts`);
  }
  ground.history.append(run.id, queryAt, active.flatMap(seriesOf));
  run.states = states;
}

/** A template's own query is about the evaluation's time, whatever the group's offset, as in Prometheus. */
function scopeAt(ground: RuleGround, at: number): TemplateScope {
  return templateScope({
    query: (expression) => query(ground, parseExpr(expression), at),
    externalURL: ground.externalURL,
    externalLabels: ground.externalLabels ?? {},
  });
}

function query({ history, intervalMs }: RuleGround, expr: Expr, at: number): readonly VectorSample[] {
  const value = evaluate(expr, { storage: history, at, intervalMs });
  if (value.type === 'vector') return value.samples;
  if (value.type === 'scalar') return [{ labels: {}, value: value.value, at }];
  throw new Error('rule result is not a vector or scalar');
}

/** What Prometheus writes for each active alert, so that dashboards and other rules can ask for it. */
function seriesOf({ labels, phase, activeAt }: AlertState): readonly SeriesValue[] {
  return [
    { labels: { ...labels, __name__: 'ALERTS', alertstate: phase }, value: 1 },
    { labels: { ...labels, __name__: 'ALERTS_FOR_STATE' }, value: Math.floor(activeAt / 1000) },
  ];
}
