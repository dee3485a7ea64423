import type { Clock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import type { Labels } from '../model/labels.ts';
import { evaluate } from '../promql/evaluate.ts';
import { parseExpr } from '../promql/parse.ts';
import { createHistory, type History } from '../samples/history.ts';
import { createRuleManager, type RuleManager } from './rule-manager.ts';
import type { RuleGroup } from './rules.ts';
import type { TestGroup } from './unit-test-schema.ts';
import { parseMetric, parseTestSeries } from './unit-test-series.ts';

/** What one check of a test asked for, and what there was. */
export interface Check {
  /** The test's name, or its place in the file from 1. */
  readonly group: string;
  readonly alertname?: string;
  readonly expr?: string;
  /** ms */
  readonly evalTime: number;
  readonly ok: boolean;
  readonly got: unknown;
  readonly expected: unknown;
}

export interface TestSettings {
  /** In the order in which they are evaluated. */
  readonly groups: readonly RuleGroup[];
  readonly evaluationMs: number;
  readonly fuzzy: boolean;
  readonly name: string;
}

const defaultIntervalMs = 60_000;
const forever = Number.MAX_SAFE_INTEGER;

/** Plays one test from the time 0 on, as promtool does. Rejects with an Error where it cannot be played. */
export async function runTest(test: TestGroup, settings: TestSettings): Promise<readonly Check[]> {
  const { groups, evaluationMs } = settings;
  const intervalMs = test.interval || defaultIntervalMs;
  const history = createHistory({ retentionMs: forever, maxSeries: forever, maxPoints: forever });
  const scrape = scraper(history, test, intervalMs);
  const manager = managerOf(history, groups, { test, intervalMs });
  const alertChecks = test.alert_rule_test ?? [];
  const exprChecks = test.promql_expr_test ?? [];
  const last = Math.max(0, ...[...alertChecks, ...exprChecks].map(({ eval_time: time = 0 }) => time));
  const checks: Check[] = [];
  for (let at = 0; at <= last; at += evaluationMs) {
    scrape(at);
    await manager.evaluate(at);
    refuseFailures(manager, at);
    // Between two evaluations the last one holds.
    for (const check of alertChecks) {
      const time = check.eval_time ?? 0;
      if (time >= at && time < at + evaluationMs) checks.push(checkAlerts(manager, check, settings.name));
    }
  }
  return [...checks, ...exprChecks.map((check) => checkExpr(history, check, settings))];
}

/** Each series has a writer of its own: one that says nothing for a while is not yet said to be gone. */
function scraper(history: History, { input_series: input = [] }: TestGroup, intervalMs: number) {
  const series = input.map(parseTestSeries);
  let next = 0;
  return (until: number): void => {
    for (; next * intervalMs <= until; next++) {
      for (const [index, { labels, points }] of series.entries()) {
        const value = points[next];
        if (value === undefined) continue;
        history.append(`series ${index}`, next * intervalMs, value === 'stale' ? [] : [{ labels, value }]);
      }
    }
  };
}

function managerOf(
  history: History,
  groups: readonly RuleGroup[],
  { test, intervalMs }: { readonly test: TestGroup; readonly intervalMs: number },
): RuleManager {
  return createRuleManager({
    groups,
    intervalMs,
    history,
    clock: stoppedClock,
    log: silentLog,
    store: { load: () => [], lastEvaluation: () => undefined, save: () => undefined },
    externalURL: test.external_url ?? '',
    externalLabels: test.external_labels ?? {},
    onAlerts: () => undefined,
  });
}

/** The test alone says what time it is. */
const stoppedClock: Clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() };

function refuseFailures(manager: RuleManager, at: number): void {
  const failed = manager.rules().filter(({ lastError }) => lastError !== undefined);
  if (failed.length === 0) return;
  const shown = failed.map(({ rule, lastError }) => `rule: ${rule.name}, time: ${at / 1000}s, err: ${lastError}`);
  throw new Error(shown.join('; '));
}

interface ShownAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
}

function checkAlerts(
  manager: RuleManager,
  check: NonNullable<TestGroup['alert_rule_test']>[number],
  group: string,
): Check {
  const { alertname, eval_time: evalTime = 0, exp_alerts: wanted = [] } = check;
  const got = manager
    .rules()
    .filter(({ rule }) => rule.kind === 'alerting' && rule.name === alertname)
    .flatMap(({ alerts }) => alerts.filter(({ state }) => state === 'firing'))
    .map(({ labels, annotations }): ShownAlert => ({ labels, annotations }));
  const expected = wanted.map(
    ({ exp_labels: labels = {}, exp_annotations: annotations = {} }): ShownAlert => ({
      labels: { ...labels, alertname },
      annotations,
    }),
  );
  const told = (alerts: readonly ShownAlert[]): string =>
    JSON.stringify(
      alerts.map(({ labels, annotations }) => JSON.stringify([sorted(labels), sorted(annotations)])).sort(),
    );
  return { group, alertname, evalTime, ok: told(got) === told(expected), got, expected };
}

function sorted(labels: Labels): readonly (readonly [string, string])[] {
  return Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1));
}

interface ShownSample {
  readonly labels: Labels;
  readonly value: number;
}

function checkExpr(
  history: History,
  { expr, eval_time: evalTime = 0, exp_samples: wanted = [] }: NonNullable<TestGroup['promql_expr_test']>[number],
  { name, fuzzy, evaluationMs }: TestSettings,
): Check {
  const expected = wanted.map(({ labels = '', value = 0 }) => ({ labels: parseMetric(labels), value }));
  const shown = { group: name, expr, evalTime, expected: expected.map(shownSample) };
  try {
    const got = samplesAt(history, expr, { at: evalTime, intervalMs: evaluationMs });
    return { ...shown, ok: areSame(got, expected, fuzzy), got: got.map(shownSample) };
  } catch (error) {
    return { ...shown, ok: false, got: `error: ${(error as Error).message}` };
  }
}

/** JSON has no number that is none. */
function shownSample({ labels, value }: ShownSample) {
  return { labels, value: Number.isFinite(value) ? value : String(value) };
}

function samplesAt(
  history: History,
  expr: string,
  { at, intervalMs }: { readonly at: number; readonly intervalMs: number },
): readonly ShownSample[] {
  const result = evaluate(parseExpr(expr), { storage: history, at, intervalMs });
  if (result.type === 'vector') return result.samples;
  if (result.type === 'scalar') return [{ labels: {}, value: result.value }];
  throw new Error('rule result is not a vector or scalar');
}

function areSame(got: readonly ShownSample[], expected: readonly ShownSample[], fuzzy: boolean): boolean {
  if (got.length !== expected.length) return false;
  const keyed = (samples: readonly ShownSample[]): readonly (readonly [string, number])[] =>
    samples.map(({ labels, value }) => [JSON.stringify(sorted(labels)), value] as const).sort(byKey);
  const wanted = keyed(expected);
  return keyed(got).every(([key, value], index) => {
    const [otherKey, other = Number.NaN] = wanted[index] ?? [];
    return key === otherKey && (value === other || (fuzzy && areNeighbours(value, other)));
  });
}

function byKey([left]: readonly [string, number], [right]: readonly [string, number]): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Whether no other double is between the two. */
function areNeighbours(left: number, right: number): boolean {
  const bits = (value: number): bigint => new BigInt64Array(new Float64Array([value]).buffer)[0] ?? 0n;
  if (Math.sign(left) !== Math.sign(right)) return false;
  const apart = bits(left) - bits(right);
  return apart >= -1n && apart <= 1n;
}
