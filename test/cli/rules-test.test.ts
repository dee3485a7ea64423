import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { testRules } from '../../src/commands/rules-test.ts';
import { systemPorts } from '../../src/config/ports.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createHttpClient } from '../../src/lib/http.ts';
import { mapBounded } from '../../src/lib/loop.ts';
import { temporaryFolder } from '../support/processes.ts';
import { binary, needs } from '../support/services.ts';
import { root, runCli } from './run-cli.ts';

const shipped = globSync('prometheus/rules/*.test.yml', { cwd: root }).sort();

interface Checks {
  readonly alert_rule_test?: { eval_time: string; exp_alerts: Record<string, Record<string, string>>[] }[];
  readonly promql_expr_test?: { exp_samples: { value: string | number; labels?: string }[] }[];
}

/** Each makes a test that holds into one that may not: what is expected, or what happened. */
const spoilers: Readonly<Record<string, (text: string) => string>> = {
  asItIs: (text) => text,
  'without the first expected alert': (text) =>
    onChecks(text, ({ alert_rule_test: [first] = [] }) => first?.exp_alerts?.shift()),
  'with another label': (text) =>
    onChecks(text, ({ alert_rule_test: checks = [] }) => {
      const [alert] = checks.flatMap(({ exp_alerts = [] }) => exp_alerts);
      if (alert) alert.exp_labels = { ...alert.exp_labels, other: 'label' };
    }),
  'with another annotation': (text) =>
    onChecks(text, ({ alert_rule_test: checks = [] }) => {
      const [alert] = checks.flatMap(({ exp_alerts = [] }) => exp_alerts);
      if (alert) alert.exp_annotations = { summary: 'another' };
    }),
  'at the beginning': (text) =>
    onChecks(text, ({ alert_rule_test: [first] = [] }) => first && Object.assign(first, { eval_time: '0' })),
  'with other values': (text) => text.replace(/values: .*/, 'values: 5 _ stale 0+3x7'),
  'with an unknown key': (text) => `unknown: 1\n${text}`,
  'with a value that is none': (text) => text.replace(/values: .*/, 'values: 5x'),
};

function onChecks(text: string, spoil: (checks: Checks) => unknown): string {
  const file = parse(text, { schema: 'failsafe', merge: true });
  spoil(file.tests[0]);
  // Where promtool wants a number, it takes no text.
  for (const { promql_expr_test: checks = [] } of file.tests as Checks[]) {
    for (const sample of checks.flatMap(({ exp_samples = [] }) => exp_samples)) sample.value = Number(sample.value);
  }
  return JSON.stringify(file);
}

const rules = `
groups:
  - name: first
    labels: { team: a }
    rules:
      - { record: double, expr: m * 2 }
      - { alert: High, expr: double > 4, for: 1m, labels: { site: '{{ $externalLabels.site }}' }, annotations: { at: '{{ $externalURL }} {{ $value }}' } }
  - name: second
    rules:
      - { record: seen, expr: double + 1 }
`;

/** Of promtool's keys and its notation; the verdicts are promtool's. */
const handWritten: Readonly<Record<string, string>> = {
  order: `group_eval_order: [first, second]
tests:
  - input_series: [{ series: m, values: 0+1x5 }]
    promql_expr_test: [{ expr: seen, eval_time: 2m, exp_samples: [{ labels: 'seen{team="a"}', value: 5 }] }]`,
  otherOrder: `group_eval_order: [second, first]
tests:
  - input_series: [{ series: m, values: 0+1x5 }]
    promql_expr_test: [{ expr: seen, eval_time: 2m, exp_samples: [{ labels: 'seen{team="a"}', value: 3 }] }]`,
  series: `tests:
  - interval: 30s
    input_series:
      - { series: 'm{a="b"}', values: '1 _ 2x2 _x2 5-1.5x2 stale 1e3 -3 +4 0+-1x2' }
      - { series: '{__name__="n", c="d,}"}', values: '0x3 inf -Inf NaN 0.1+0.2x3' }
    promql_expr_test:
      - { expr: count_over_time(m[10m]), eval_time: 9m, exp_samples: [{ labels: '{a="b"}', value: 12 }] }
      - { expr: m, eval_time: 4m30s, exp_samples: [{ labels: 'm{a="b"}', value: 2 }] }
      - { expr: n, eval_time: 1m30s, exp_samples: [{ labels: 'n{c="d,}"}', value: 0 }] }
      - { expr: n, eval_time: 2m, exp_samples: [{ labels: 'n{c="d,}"}', value: .inf }] }
      - { expr: 'vector(1)', exp_samples: [{ labels: '{}', value: 1 }] }
      - { expr: 'time()', eval_time: 5m, exp_samples: [{ value: 300 }] }
      - { expr: absent_metric, eval_time: 5m }`,
  notANumber: `tests:
  - input_series: [{ series: m, values: NaN }]
    promql_expr_test: [{ expr: m, exp_samples: [{ labels: m, value: .nan }] }]`,
  external: `tests:
  - external_labels: { site: here }
    external_url: http://h/p
    input_series: [{ series: m, values: 3x5 }]
    alert_rule_test:
      - { alertname: High, eval_time: 0 }
      - { alertname: High, eval_time: 90s, exp_alerts: [{ exp_labels: { team: a, site: here }, exp_annotations: { at: http://h/p 6 } }] }`,
  exact: `tests:
  - promql_expr_test: [{ expr: 0.1 + 0.2, exp_samples: [{ value: 0.3 }] }]`,
  fuzzy: `fuzzy_compare: true
tests:
  - promql_expr_test: [{ expr: 0.1 + 0.2, exp_samples: [{ value: 0.3 }] }]`,
  notSoFuzzy: `fuzzy_compare: true
tests:
  - promql_expr_test: [{ expr: 0.1 + 0.2, exp_samples: [{ value: 0.3001 }] }]`,
  brokenExpr: `tests:
  - promql_expr_test: [{ expr: 'm +' }]`,
  failingRule: `tests:
  - input_series: [{ series: 'm{a="1"}', values: 1 }]
    alert_rule_test: [{ alertname: Nope, eval_time: 0 }]
    promql_expr_test: [{ expr: 'm * on () group_left () m', exp_samples: [] }]`,
  unnamedCheck: `tests:
  - name: named
    alert_rule_test: [{ eval_time: 1m }]`,
  unknownKey: `tests:
  - start_timestamp: 5`,
  sparse: `evaluation_interval: 1m
tests:
  - interval: 15s
    input_series: [{ series: m, values: '1 2 3 4 5 6 7 8 9' }]
    promql_expr_test: [{ expr: m, eval_time: 45s, exp_samples: [{ labels: m, value: 1 }] }]`,
  nothing: '',
  rangeVector: `tests:
  - input_series: [{ series: m, values: 1 }]
    promql_expr_test: [{ expr: 'm[5m]' }]`,
  string: `tests:
  - promql_expr_test: [{ expr: '"a"' }]`,
};

async function verdicts(folder: string, files: readonly string[]): Promise<Readonly<Record<string, boolean>>> {
  const results = await mapBounded(files, 8, async (file): Promise<readonly [string, boolean]> => {
    const child = spawn(binary('promtool'), ['test', 'rules', file], { cwd: folder, stdio: 'ignore' });
    const [code] = await once(child, 'close');
    return [file, code === 0];
  });
  return Object.fromEntries(results);
}

/** Ours for the same files, all in one call. */
async function ourVerdicts(folder: string, files: readonly string[]) {
  const { out, code } = await runCli(['rules', 'test', ...files], { cwd: folder });
  const all = [...out.matchAll(/^(.*?): (SUCCESS|FAILED)/gm)].map(([, file, verdict]) => [file, verdict === 'SUCCESS']);
  return { verdicts: Object.fromEntries(all), code };
}

describe.skipIf(needs('promtool'))('rules test, beside promtool', () => {
  it('says the same of every shipped test and of what is spoiled in it', { timeout: 180_000 }, async () => {
    using folder = temporaryFolder({});
    const [whole, ...others] = Object.values(spoilers);
    const names = shipped.flatMap((file, index) =>
      // Each file as it is and with two of the faults, in turn: each fault comes twice.
      [whole, others[(2 * index) % others.length], others[(2 * index + 1) % others.length]].map((spoil, kind) => {
        const original = readFileSync(join(root, file), 'utf8');
        const text = spoil?.(original) ?? original;
        const name = `${index}-${kind}.test.yml`;
        writeFileSync(join(folder.path, name), text);
        return name;
      }),
    );
    for (const file of globSync('prometheus/rules/*.rules.yml', { cwd: root })) {
      writeFileSync(join(folder.path, file.replace(/.*\//, '')), readFileSync(join(root, file)));
    }
    const expected = await verdicts(folder.path, names);
    expect(new Set(Object.values(expected)).size).toBe(2);
    expect(await ourVerdicts(folder.path, names)).toEqual({ verdicts: expected, code: 1 });
  });

  it("says the same of each of promtool's keys", async () => {
    using folder = temporaryFolder({ 'a.rules.yml': rules });
    const names = Object.entries(handWritten).map(([name, text]) => {
      writeFileSync(join(folder.path, `${name}.yml`), text === '' ? text : `rule_files: ['*.rules.yml']\n${text}\n`);
      return `${name}.yml`;
    });
    expect((await ourVerdicts(folder.path, names)).verdicts).toEqual(await verdicts(folder.path, names));
  });
});

describe('rules test', () => {
  it('passes every shipped test', async () => {
    const { code, err } = await runCli(['rules', 'test', ...shipped]);
    expect([code, err]).toEqual([0, '']);
  });

  it('prints one object a check with --json', async () => {
    using folder = temporaryFolder({ 'a.rules.yml': rules });
    const text = `rule_files: [a.rules.yml]\n${handWritten.sparse}\n    alert_rule_test: [{ alertname: High, eval_time: 1m, exp_alerts: [{}] }]\n`;
    writeFileSync(join(folder.path, 't.yml'), text);
    const { code, out } = await runCli(['rules', 'test', '--json', 't.yml'], { cwd: folder.path });
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const shared = { file: 't.yml', group: '1' };
    expect([code, lines]).toEqual([
      1,
      [
        {
          ...shared,
          alertname: 'High',
          eval_time: '60s',
          ok: false,
          got: [],
          expected: [{ labels: { alertname: 'High' }, annotations: {} }],
        },
        {
          ...shared,
          expr: 'm',
          eval_time: '45s',
          ok: false,
          got: [{ labels: { __name__: 'm' }, value: 4 }],
          expected: [{ labels: { __name__: 'm' }, value: 1 }],
        },
      ],
    ]);
  });

  it('says how far it is where somebody watches', async () => {
    using folder = temporaryFolder({ 'a.rules.yml': rules, 'good.yml': '', 'bad.yml': 'unknown: 1' });
    const shown: string[] = [];
    const io = {
      ports: { ...systemPorts(), cwd: folder.path },
      http: createHttpClient(systemClock),
      out: (line: string) => void shown.push(line),
      err: () => undefined,
      drained: async () => undefined,
      progress: (text: string) => void shown.push(`[${text}]`),
    };
    expect(await testRules(io, { files: ['good.yml', 'bad.yml'], json: false })).toBe(1);
    const progress = ['[]', 'good.yml: SUCCESS, 0 checks', '[1 of 2 files, 0 failed]', '[]', 'bad.yml: FAILED'];
    expect(shown).toEqual([...progress, '[2 of 2 files, 1 failed]', '[]']);
  });

  it('runs a thousand files in one call', { timeout: 90_000 }, async () => {
    using folder = temporaryFolder({ 'a.rules.yml': rules });
    const names = Array.from({ length: 1000 }, (_, index) => {
      writeFileSync(join(folder.path, `${index}.yml`), `rule_files: [a.rules.yml]\n${handWritten.external}\n`);
      return `${index}.yml`;
    });
    const { code, out } = await runCli(['rules', 'test', ...names], { cwd: folder.path });
    expect([code, out.trim().split('\n').length]).toEqual([0, 1000]);
  });
});
