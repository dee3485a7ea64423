import { globSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { testRules } from '../../src/commands/rules-test.ts';
import { systemPorts } from '../../src/config/ports.ts';
import { temporaryFolder } from '../support/processes.ts';
import { needs } from '../support/services.ts';
import { root } from '../support/tree.ts';
import { readYaml, tool } from './tools.ts';

const files = globSync('test/fixtures/alerts/public-style/tests/*.test.yml', { cwd: root }).sort();

interface AlertCheck {
  eval_time: string;
  exp_alerts?: { exp_labels?: object; exp_annotations?: object }[];
}
interface ExprCheck {
  exp_samples?: { labels: string; value: number }[];
}
interface TestGroup {
  alert_rule_test?: AlertCheck[];
  promql_expr_test?: ExprCheck[];
}

/** One thing wrong in each, so that one check of the file fails. */
function variantsOf(file: string): readonly object[] {
  const whole = readYaml(file) as { tests: TestGroup[] };
  const variants: object[] = [];
  function vary(change: (copy: typeof whole) => void): void {
    const copy = structuredClone(whole);
    change(copy);
    variants.push(copy);
  }
  whole.tests.forEach(({ alert_rule_test: alerts = [], promql_expr_test: exprs = [] }, group) => {
    alerts.forEach(({ exp_alerts: expected = [] }, index) => {
      const at = (copy: typeof whole) => copy.tests[group]?.alert_rule_test?.[index] ?? { eval_time: '' };
      vary((copy) => {
        at(copy).exp_alerts = expected.length > 0 ? [] : [{ exp_labels: { unheard: 'of' } }];
      });
      if (expected.length === 0) return;
      vary((copy) => {
        at(copy).exp_alerts = [...expected, ...expected];
      });
      vary((copy) => {
        at(copy).exp_alerts = expected.map((each) => ({ ...each, exp_annotations: { summary: 'else' } }));
      });
    });
    exprs.forEach(({ exp_samples: expected = [] }, index) => {
      const at = (copy: typeof whole) => copy.tests[group]?.promql_expr_test?.[index] ?? {};
      vary((copy) => {
        at(copy).exp_samples = expected.map((each) => ({ ...each, value: each.value + 0.001 }));
      });
      vary((copy) => {
        at(copy).exp_samples = expected.slice(1);
      });
    });
  });
  return variants;
}

async function ourVerdict(paths: readonly string[]): Promise<readonly boolean[]> {
  const lines: string[] = [];
  const io = {
    out: (line: string) => void lines.push(line),
    err: () => undefined,
    drained: () => Promise.resolve(),
    ports: { ...systemPorts(), cwd: root },
  };
  const verdicts: boolean[] = [];
  for (const path of paths) verdicts.push((await testRules(io as never, { files: [path], json: true })) === 0);
  return verdicts;
}

describe.skipIf(needs('promtool'))('unit tests of rules in the style of public collections', () => {
  it.each(files)('%s and what is wrong with it are judged alike', { timeout: 60_000 }, async (file) => {
    using folder = temporaryFolder();
    const variants = variantsOf(file).map((content, index) => {
      const path = join(folder.path, `${index}-${basename(file)}`);
      const absolute = { ...content, rule_files: ruleFilesOf(file) };
      writeFileSync(path, stringify(absolute));
      return path;
    });
    const all = [file, ...variants];
    const theirs: boolean[] = [];
    for (const path of all) theirs.push((await tool('promtool', 'test', 'rules', path)).code === 0);
    process.stdout.write(`${basename(file)}: ${all.length} files, ${theirs.filter((each) => !each).length} fail\n`);
    expect(await ourVerdict(all)).toEqual(theirs);
    expect(theirs).toEqual(all.map((_, index) => index === 0));
  });
});

function ruleFilesOf(file: string): readonly string[] {
  const { rule_files: named } = readYaml(file) as { rule_files: string[] };
  return named.map((name) => join(root, 'test/fixtures/alerts/public-style', basename(name)));
}
