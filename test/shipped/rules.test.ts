import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadRules } from '../../src/alerts/rules.ts';
import { historyNeeded } from '../../src/promql/history-needed.ts';
import { needs } from '../support/services.ts';
import { root } from '../support/tree.ts';
import { knownMetrics } from './known-metrics.ts';
import { metricsOf, readShipped, readYaml, tool } from './tools.ts';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Recording {
  readonly record: string;
  readonly expr: string;
}
interface AlertTest {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}

const ruleFiles = globSync('prometheus/rules/*.rules.yml', { cwd: root }).sort();
const testFiles = globSync('prometheus/rules/*.test.yml', { cwd: root }).sort();
const rules: readonly (Alert | Recording)[] = ruleFiles
  .flatMap((file) => readYaml(file).groups as { rules: (Alert | Recording)[] }[])
  .flatMap((group) => group.rules);
const alerts = rules.filter((rule) => 'alert' in rule);
const recordings = rules.filter((rule) => 'record' in rule);
const byName = alerts.map((rule) => [rule.alert, rule] as const);

describe.skipIf(needs('promtool'))('prometheus/', () => {
  it('has rules that Prometheus loads', async () => {
    expect(ruleFiles.length).toBeGreaterThan(0);
    const { code, output } = await tool('promtool', 'check', 'rules', '--lint=all', '--lint-fatal', ...ruleFiles);
    expect(output).not.toContain('FAILED');
    expect(code).toBe(0);
  });

  it('has rules that fire when they should, and only then', async () => {
    expect(await tool('promtool', 'test', 'rules', ...testFiles)).toMatchObject({ code: 0 });
  }, 120_000);

  it('has a scrape configuration that Prometheus loads', async () => {
    const file = 'prometheus/prometheus.yml';
    expect(await tool('promtool', 'check', 'config', '--syntax-only', file)).toMatchObject({ code: 0 });
  });
});

describe('the scrape configuration', () => {
  it('loads the rules and never their tests', () => {
    const [pattern] = readYaml('prometheus/prometheus.yml').rule_files;
    const matched = globSync(pattern.replace('/etc/prometheus/', 'prometheus/'), { cwd: root });
    expect(matched.sort()).toEqual(ruleFiles);
  });

  it('keeps the job that rules ask for, as embedded rules see it too', () => {
    const [job] = readYaml('prometheus/prometheus.yml').scrape_configs;
    expect(job.job_name).toBe('runnerwatch');
  });
});

describe.each(ruleFiles)('%s', (file) => {
  it('is loaded by the embedded rules as well', () => {
    const rules = loadRules(file, readShipped(file)).flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(0);
  });

  it('looks back no further than an hour: embedded, all series are kept for as long as the longest rule looks', () => {
    const needs = loadRules(file, readShipped(file)).flatMap((group) =>
      group.rules.map(({ name, expr }) => [name, historyNeeded(expr)] as const),
    );
    expect(needs.filter(([, ms]) => ms > 3_600_000)).toEqual([]);
  });
});

describe.each(recordings.map((rule) => [rule.record, rule] as const))('%s', (name, { expr }) => {
  it('asks only for metrics that there are', () => {
    const known = knownMetrics();
    expect(metricsOf(expr).filter((metric) => !known.has(metric))).toEqual([]);
  });

  it('is tested', () => {
    const tested = testFiles
      .flatMap((file) => readYaml(file).tests as { promql_expr_test?: { expr: string }[] }[])
      .flatMap(({ promql_expr_test = [] }) => promql_expr_test.map((test) => test.expr));
    expect(tested).toContain(name);
  });
});

describe.each(byName)('%s', (name, { expr, labels, annotations }) => {
  const tests = testFiles
    .flatMap((file) => readYaml(file).tests as { alert_rule_test?: AlertTest[] }[])
    .flatMap(({ alert_rule_test = [] }) => alert_rule_test)
    .filter(({ alertname }) => alertname === name);

  it('has a name of its own', () => {
    expect(alerts.filter(({ alert }) => alert === name)).toHaveLength(1);
  });

  it('is tested where it fires, and where it does not', () => {
    expect(tests.some(({ exp_alerts }) => exp_alerts.length > 0)).toBe(true);
    const alwaysFires = name === 'Watchdog' && tests.length > 1;
    expect(alwaysFires || tests.some(({ exp_alerts }) => exp_alerts.length === 0)).toBe(true);
  });

  it('asks only for metrics that there are', () => {
    const known = knownMetrics();
    const asked = metricsOf(expr);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((metric) => !known.has(metric))).toEqual([]);
  });

  it('says what is the matter, and where to read on', () => {
    expect(['critical', 'warning', 'info', 'none']).toContain(labels.severity);
    expect(annotations).toMatchObject({ summary: expect.any(String), description: expect.any(String) });
    const [page, anchor] = (annotations.runbook_url ?? '').split('#');
    expect(page).toMatch(/\/docs\/operations\.md$/);
    expect(headings()).toContain(anchor);
  });

  it('asks for healing only where it names a runner', () => {
    if (labels.recovery === undefined) return;
    expect(labels.recovery).toMatch(/^(restart|remove|clean-up)$/);
    // What holds it back may be anything.
    const [told = ''] = expr.split(/\bunless\b/);
    expect(metricsOf(told).every((metric) => metric.startsWith('runnerwatch_runner_'))).toBe(true);
  });
});

/** As GitHub makes anchors of headings. */
function headings(): readonly string[] {
  const lines = readShipped('docs/operations.md').matchAll(/^#+ (.+)$/gm);
  return [...lines].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
