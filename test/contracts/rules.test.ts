import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { describedCollectors, ownFamilies } from '../../scripts/docs/families.ts';
import { loadRules } from '../../src/alerts/rules.ts';
import { anchorsOf } from '../support/markdown.ts';
import { binary, needs } from '../support/services.ts';
import { root } from '../support/tree.ts';

const files = globSync('prometheus/rules/*.rules.yml', { cwd: root }).sort();
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

const Rule = z.object({
  alert: z.string().optional(),
  record: z.string().optional(),
  expr: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});
const RuleFile = z.object({ groups: z.array(z.object({ rules: z.array(Rule) })) });

const rules = files.flatMap((file) => RuleFile.parse(parse(textOf(file))).groups.flatMap((group) => group.rules));
const alerts = rules.flatMap(({ alert, ...rule }) => (alert === undefined ? [] : [[alert, rule] as const]));
const recorded = rules.flatMap(({ record }) => record ?? []);

const families = [
  ...ownFamilies(),
  ...Object.values(describedCollectors).flatMap(({ metrics }) => Object.values(metrics)),
];
/** What /metrics shows, what the rules record, and what Prometheus adds to every scrape. */
const known = new Set([...families.map(({ name }) => name), ...recorded, 'up', 'ALERTS', 'ALERTS_FOR_STATE']);

/** The metrics that an expression selects, by Prometheus' own grammar. */
function metricsIn(expression: string): readonly string[] {
  const names: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ name, from, to, node }) => {
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') names.push(expression.slice(from, to));
    },
  });
  return names;
}

it('finds the metrics of an expression', () => {
  expect(metricsIn('sum by (job) (rate(a_total{b="c"}[5m])) / d unless on (e) f')).toEqual(['a_total', 'd', 'f']);
});

describe.each(files)('%s', (file) => {
  it('loads here', () => {
    expect(loadRules(file, textOf(file)).length).toBeGreaterThan(0);
  });

  it.skipIf(needs('promtool'))('is as promtool wants it', () => {
    const args = ['check', 'rules', '--lint=all', '--lint-fatal', join(root, file)];
    const { status, stdout, stderr } = spawnSync(binary('promtool'), args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
    expect(status).toBe(0);
  });
});

it('no two alerts have one name', () => {
  const names = alerts.map(([name]) => name);
  expect(names).toHaveLength(new Set(names).size);
});

describe.each(alerts)('%s', (_, { expr, labels, annotations }) => {
  it('asks for metrics that are there', () => {
    expect(metricsIn(expr)).not.toEqual([]);
    expect(metricsIn(expr).filter((metric) => !known.has(metric))).toEqual([]);
  });

  it('says how severe it is, what is wrong, and what that means', () => {
    expect(['none', 'info', 'warning', 'critical']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/\.$/);
    expect(annotations.description).toMatch(/[.?]$/);
  });

  it('leads to a section of the operations guide', () => {
    const [page, anchor] = annotations.runbook_url?.split('#') ?? [];
    expect(page).toBe('https://github.com/runnerwatch/runnerwatch/blob/main/docs/operations.md');
    expect(anchorsOf(textOf('docs/operations.md'))).toContain(anchor);
  });
});
