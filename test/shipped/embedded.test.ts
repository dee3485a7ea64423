import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createRuleManager, type RuleManager } from '../../src/alerts/rule-manager.ts';
import { loadRules } from '../../src/alerts/rules.ts';
import { silentLog } from '../../src/lib/log.ts';
import { parseDuration } from '../../src/lib/schema.ts';
import type { Labels } from '../../src/model/labels.ts';
import { createHistory, type History } from '../../src/samples/history.ts';
import { createAlertStateStore } from '../../src/state/alert-state.ts';
import { openDatabase } from '../../src/state/database.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { root } from '../support/tree.ts';
import { testSeries } from './promtool-series.ts';
import { readShipped } from './tools.ts';

interface Expected {
  readonly exp_labels: Labels;
  readonly exp_annotations: Labels;
}
interface RuleTest {
  readonly name: string;
  readonly interval: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test?: readonly {
    readonly alertname: string;
    readonly eval_time: string;
    readonly exp_alerts: readonly Expected[];
  }[];
}

const files = globSync('prometheus/rules/*.test.yml', { cwd: root }).sort();

/** What promtool proves of the shipped rules has to hold where no Prometheus is there as well. */
describe.each(files)('%s, without Prometheus', (file) => {
  // As texts, as promtool reads them: to YAML `0x3` is the number 3.
  const { rule_files, evaluation_interval, tests } = parse(readShipped(file), { schema: 'failsafe', merge: true });
  const groups = (rule_files as string[])
    .map((name) => `prometheus/rules/${name}`)
    .flatMap((path) => loadRules(path, readShipped(path)));
  const tickMs = ms(evaluation_interval);

  it.each((tests as RuleTest[]).map((test) => [test.name, test] as const))('%s', async (_, test) => {
    const expected = test.alert_rule_test ?? [];
    const found = new Map<number, ReturnType<RuleManager['alerts']>>();
    const times = new Set(expected.map(({ eval_time }) => ms(eval_time)));
    for await (const { at, alerts } of run(test, Math.max(0, ...times))) {
      // Between two evaluations the last one holds.
      for (const time of times) if (time >= at && time < at + tickMs) found.set(time, alerts);
    }
    for (const { alertname, eval_time, exp_alerts } of expected) {
      const firing = found
        .get(ms(eval_time))
        ?.filter(({ labels, state }) => labels.alertname === alertname && state === 'firing')
        .map(({ labels: { alertname: _name, ...labels }, annotations }) => told(labels, annotations));
      const wanted = exp_alerts.map(({ exp_labels, exp_annotations }) => told(exp_labels, exp_annotations));
      expect([eval_time, alertname, firing?.sort()]).toEqual([eval_time, alertname, wanted.sort()]);
    }
  });

  async function* run({ interval, input_series }: RuleTest, untilMs: number) {
    const clock = new FakeClock(0);
    const history = createHistory({ retentionMs: 3_600_000, maxSeries: 1000, maxPoints: 1_000_000 });
    using database = openDatabase(':memory:');
    const manager = createRuleManager({
      groups,
      intervalMs: tickMs,
      history,
      clock,
      log: silentLog,
      store: createAlertStateStore(database),
      externalURL: 'http://rw',
      onAlerts: () => undefined,
    });
    const scrape = scraper(history, input_series, ms(interval));
    for (let at = 0; at <= untilMs; at += tickMs) {
      scrape(at);
      await manager.evaluate(at);
      expect(manager.rules().flatMap(({ lastError }) => lastError ?? [])).toEqual([]);
      yield { at, alerts: manager.alerts() };
      await clock.advance(tickMs);
    }
  }
});

/** Each series has a writer of its own: one that says nothing for a while is not yet said to be gone. */
function scraper(history: History, input: RuleTest['input_series'], intervalMs: number) {
  const series = input.map(testSeries);
  return (at: number): void => {
    if (at % intervalMs !== 0) return;
    series.forEach(({ labels, points }, index) => {
      const value = points[at / intervalMs];
      if (value !== undefined) history.append(`${index}`, at, value === 'stale' ? [] : [{ labels, value }]);
    });
  };
}

function told(labels: Labels, annotations: Labels): string {
  return JSON.stringify([labels, annotations].map((pairs) => Object.entries(pairs).sort()));
}

function ms(text: string): number {
  const duration = parseDuration(text);
  if (duration === undefined) throw new Error(`found ${text}, expected a duration`);
  return duration;
}
