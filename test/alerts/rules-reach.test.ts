import { expect, it } from 'vitest';
import { createRuleManager } from '../../src/alerts/rule-manager.ts';
import { loadRules } from '../../src/alerts/rules.ts';
import { reachOf } from '../../src/alerts/rules-reach.ts';
import { loadDocuments } from '../../src/config/documents.ts';
import { Settings } from '../../src/config/schema.ts';
import { silentLog } from '../../src/lib/log.ts';
import { formatProblem, ProblemsError } from '../../src/lib/problem.ts';
import { createHistory } from '../../src/samples/history.ts';
import { createAlertStateStore } from '../../src/state/alert-state.ts';
import { openDatabase } from '../../src/state/database.ts';
import { FakeClock } from '../support/fake-clock.ts';

const minute = 60_000;

function rulesFile(expr: string): string {
  return `groups: [{name: far, query_offset: 1m, rules: [{record: back, expr: '${expr}'}]}]`;
}

/** What is wrong with one rule, under these bounds. */
async function problemsOf(expr: string, history: object, interval: string): Promise<readonly string[]> {
  const config = Settings.parse({ rules: { files: ['far.yml'], evaluation_interval: interval }, history });
  try {
    await loadDocuments(config, async () => rulesFile(expr));
    return [];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.map(formatProblem);
  }
}

it.each([
  ['up', 6 * minute],
  ['rate(up[10m] offset 1h)', 71 * minute],
  ['max_over_time(rate(up[5m])[1h:1m] offset 10m)', 76 * minute],
  ['up offset -1h', minute],
])('%s reaches back, with the query offset, %d ms', (expr, ms) => {
  const [group] = loadRules('far.yml', rulesFile(expr));
  const [rule] = group?.rules ?? [];
  expect(group && rule && reachOf(group, rule)).toBe(ms);
});

it('takes a rule that one series of the history could answer', async () => {
  expect(await problemsOf('rate(up[249m])', { max_points: 1000 }, '15s')).toEqual([]);
  expect(await problemsOf('rate(up[1d])', { max_points: 1000 }, '2m')).toEqual([]);
});

it('refuses a rule that looks back further than the history could hold of one series', async () => {
  expect(await problemsOf('rate(up[250m])', { max_points: 1000 }, '15s')).toEqual([
    'far.yml: found the rule back of the group far looking 15060s back, 1004 samples of each series; expected no more' +
      ' than history.max_points, 1000, for all series together. Shorten its ranges and offsets, or raise history.max_points',
  ]);
});

it('refuses a fixed time wherever it stands', () => {
  expect(() => loadRules('far.yml', rulesFile('sum(rate(up[5m] @ 12.5)) / 2'))).toThrow(
    'far.yml:1: groups[0].rules[0].expr: found @ 12.5 in the rule back, a fixed time',
  );
});

it('steps a subquery without a step by the evaluation interval', () => {
  const history = createHistory({ retentionMs: 60 * minute, maxSeries: 10, maxPoints: 1000 });
  const clock = new FakeClock(60 * minute);
  const manager = createRuleManager({
    groups: loadRules('far.yml', 'groups: [{name: far, rules: [{record: steps, expr: "count_over_time(up[5m:])"}]}]'),
    intervalMs: 20_000,
    history,
    clock,
    log: silentLog,
    store: createAlertStateStore(openDatabase(':memory:')),
    externalURL: 'http://rw:9478',
    onAlerts: () => undefined,
  });
  history.append('scrape', 55 * minute + 1, [{ labels: { __name__: 'up' }, value: 1 }]);
  manager.evaluate(clock.now());
  const steps = history.select(
    [{ name: '__name__', operator: '=', value: 'steps', test: (v) => v === 'steps' }],
    0,
    1e9,
  );
  expect(steps).toEqual([{ labels: { __name__: 'steps' }, points: [{ t: 60 * minute, v: 15 }] }]);
});
