import type { Labels } from '../model/labels.ts';
import { createAnnotations } from '../promql/annotations.ts';
import { evaluate } from '../promql/evaluate.ts';
import { historyNeeded } from '../promql/history-needed.ts';
import { parseExpr } from '../promql/parse.ts';
import { mostOfAll, remembered } from '../promql/remembered.ts';
import { keyOf, type Value, type VectorSample } from '../promql/value.ts';
import type { History, SeriesValue } from '../samples/history.ts';
import { type AlertState, step } from './alert-machine.ts';
import { createAlertFinder, withoutEmpty } from './found-alerts.ts';
import { settleMs } from './restore.ts';
import { type Evaluator, nothingSaid, type RuleRun } from './rule-run.ts';
import type { AlertingRule, RecordingRule } from './rules.ts';
import { generatorURL } from './sending.ts';
import { type TemplateScope, templateScope } from './template.ts';

/** Where the rules read and write, and the step of subqueries without one: the interval of the whole. */
export interface RuleGround {
  readonly history: History;
  readonly intervalMs: number;
  readonly externalURL: string;
  /** What templates see as `$externalLabels`, and what is told has on top; none by default. */
  readonly externalLabels?: Labels;
}

/** A template's own query is about the evaluation's time, whatever the group's offset, as in Prometheus. */
export function scopeAt(ground: RuleGround, at: number): TemplateScope {
  const { history: storage, intervalMs, externalURL, externalLabels = {} } = ground;
  const query = (expression: string) => samplesOf(evaluate(parseExpr(expression), { storage, at, intervalMs }), at);
  return templateScope({ query, externalURL, externalLabels });
}

export function createRecorder(ground: RuleGround, rule: RecordingRule): Evaluator {
  const relabel = remembered(({ __name__: _, ...labels }: Labels) =>
    withoutEmpty({ ...labels, ...rule.labels, __name__: rule.name }),
  );
  return (run, moment) => {
    const { limit, queryOffsetMs } = run.group;
    const at = moment.at - queryOffsetMs;
    const series = query(ground, run, at).map(({ labels, value }) => ({ labels: relabel(labels), value }));
    if (new Set(series.map(({ labels }) => keyOf(labels))).size < series.length) {
      throw new Error('vector contains metrics with the same labelset after applying rule labels');
    }
    if (limit > 0 && series.length > limit) throw new Error(`exceeded limit of ${limit} with ${series.length} series`);
    ground.history.append(run.id, at, series);
    return series.length;
  };
}

/** The states change and ALERTS is written where all of it went well; a rule over its limit forgets its alerts. */
export function createAlerter(ground: RuleGround, rule: AlertingRule): Evaluator {
  const find = createAlertFinder(rule);
  const settledAfterMs = settleMs(historyNeeded(rule.expr, 0));
  const url = generatorURL(ground.externalURL, rule.query);
  return (run, { at, sinceStart, scope }) => {
    const { limit, queryOffsetMs } = run.group;
    const found = find(query(ground, run, at - queryOffsetMs), scope);
    const settled = sinceStart >= settledAfterMs;
    const states = step(run.states, { rule, found, at, generatorURL: url, settled });
    const active = [...states.values()].filter(({ phase }) => phase !== 'resolved');
    if (limit > 0 && active.length > limit) {
      // As in Prometheus: all are forgotten, and end for those who were told when they are not said again.
      run.states = new Map();
      throw new Error(`exceeded limit of ${limit} with ${active.length} alerts`);
    }
    ground.history.append(run.id, at - queryOffsetMs, active.flatMap(seriesOf));
    run.states = states;
    return 2 * active.length;
  };
}

function query({ history: storage, intervalMs }: RuleGround, run: RuleRun, at: number): readonly VectorSample[] {
  const annotations = createAnnotations();
  run.remarks = nothingSaid;
  const value = evaluate(run.rule.expr, { storage, at, intervalMs, annotations });
  if (!annotations.isEmpty) run.remarks = annotations.listed(run.rule.query);
  return samplesOf(value, at);
}

function samplesOf(value: Value, at: number): readonly VectorSample[] {
  if (value.type === 'vector') return value.samples;
  if (value.type === 'scalar') return [{ labels: {}, value: value.value, at }];
  throw new Error('rule result is not a vector or scalar');
}

const alertsLabels = {
  pending: remembered((labels: Labels) => ({ ...labels, __name__: 'ALERTS', alertstate: 'pending' }), mostOfAll),
  firing: remembered((labels: Labels) => ({ ...labels, __name__: 'ALERTS', alertstate: 'firing' }), mostOfAll),
};
const forStateLabels = remembered((labels: Labels) => ({ ...labels, __name__: 'ALERTS_FOR_STATE' }), mostOfAll);

/** What Prometheus writes for each active alert, so that dashboards and other rules can ask for it. */
function seriesOf({ labels, phase, activeAt }: AlertState): readonly SeriesValue[] {
  if (phase === 'resolved') return [];
  return [
    { labels: alertsLabels[phase](labels), value: 1 },
    { labels: forStateLabels(labels), value: Math.floor(activeAt / 1000) },
  ];
}
