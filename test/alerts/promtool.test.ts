import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRuleManager, type RuleManager } from '../../src/alerts/rule-manager.ts';
import { loadRules } from '../../src/alerts/rules.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createHistory } from '../../src/samples/history.ts';
import { createAlertStateStore } from '../../src/state/alert-state.ts';
import { openDatabase } from '../../src/state/database.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/processes.ts';
import { binary, needs } from '../support/services.ts';

const minute = 60_000;
const steps = 30;

/** JSON is YAML, and so one text serves both. */
const rules = {
  groups: [
    {
      name: 'g',
      rules: [
        { alert: 'AtOnce', expr: 'm > 1', annotations: { value: '{{ $labels.runner }} {{ $value | humanize }}' } },
        { alert: 'Waits', expr: 'm > 1', for: '2m', labels: { severity: 'page' } },
        { alert: 'Keeps', expr: 'm > 2', for: '1m', keep_firing_for: '3m' },
        { record: 'm:sum', expr: 'sum(m)' },
        { alert: 'Recorded', expr: 'm:sum > 4', for: '1m' },
        { alert: 'OnAlerts', expr: 'ALERTS{alertname="Waits", alertstate="firing"}', labels: { alertstate: '' } },
        { alert: 'Range', expr: 'max_over_time(m[3m]) - min_over_time(m[3m]) > 2' },
      ],
    },
  ],
};
const names = rules.groups.flatMap((group) => group.rules.flatMap(({ alert }) => alert ?? []));

/** A runner's value in each minute; undefined where it has none. */
type Run = readonly (number | undefined)[];

const anyRun = fc.array(fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }), {
  minLength: steps,
  maxLength: steps,
});

/** What we say is firing, in the shape of promtool's `alert_rule_test`, for each minute and alert. */
async function expectations(runs: readonly Run[]): Promise<readonly object[]> {
  const clock = new FakeClock(0);
  const history = createHistory({ retentionMs: 60 * minute, maxSeries: 1000, maxPoints: 100_000 });
  using database = openDatabase(':memory:');
  const manager = createRuleManager({
    groups: loadRules('rules.yml', JSON.stringify(rules)),
    intervalMs: minute,
    history,
    clock,
    log: silentLog,
    store: createAlertStateStore(database),
    externalURL: 'http://rw',
    onAlerts: () => undefined,
  });
  const tests: object[] = [];
  for (let step = 0; step < steps; step++) {
    const series = runs.flatMap((run, index) => {
      const value = run[step];
      return value === undefined ? [] : [{ labels: { __name__: 'm', runner: `r${index}` }, value }];
    });
    history.append('test', clock.now(), series);
    await manager.evaluate(clock.now());
    for (const name of names) tests.push({ eval_time: `${step}m`, alertname: name, exp_alerts: firing(manager, name) });
    await clock.advance(minute);
  }
  return tests;
}

function firing(manager: RuleManager, name: string): readonly object[] {
  return manager
    .alerts()
    .filter(({ labels, state }) => labels.alertname === name && state === 'firing')
    .map(({ labels: { alertname: _, ...labels }, annotations }) => ({
      exp_labels: labels,
      exp_annotations: annotations,
    }));
}

describe.skipIf(needs('promtool'))('promtool test rules', () => {
  it('sees the same alerts firing at every minute of random runs', async () => {
    const cases = fc.sample(fc.tuple(anyRun, anyRun), { seed: 42, numRuns: 12 });
    const tests = await Promise.all(
      cases.map(async (runs) => ({
        interval: '1m',
        input_series: runs.map((run, index) => ({
          series: `m{runner="r${index}"}`,
          values: run
            .map((value, step) => value ?? (step === 0 || run[step - 1] === undefined ? '_' : 'stale'))
            .join(' '),
        })),
        alert_rule_test: await expectations(runs),
      })),
    );
    using folder = temporaryFolder({ 'rules.yml': JSON.stringify(rules) });
    const file = { rule_files: ['rules.yml'], evaluation_interval: '1m', tests };
    writeFileSync(join(folder.path, 'test.yml'), JSON.stringify(file));
    const args = ['test', 'rules', 'test.yml'];
    const { status, stdout } = spawnSync(binary('promtool'), args, {
      cwd: folder.path,
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(stdout).toContain('SUCCESS');
    expect(status).toBe(0);
  });
});
