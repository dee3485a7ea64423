import { dirname, resolve } from 'node:path';
import { loadRules, type RuleGroup } from '../alerts/rules.ts';
import { type Check, runTest } from '../alerts/unit-test.ts';
import { UnitTestFile } from '../alerts/unit-test-schema.ts';
import { loadFile } from '../config/documents.ts';
import { checkDocument, readTexts } from '../lib/document.ts';
import { formatProblem } from '../lib/problem.ts';
import { type CommandIo, type ExitCode, printable } from './command.ts';

interface RulesTestOptions {
  readonly files: readonly string[];
  readonly json: boolean;
}

const defaultEvaluationMs = 60_000;

/** Rule files that many test files name are read once. */
type RuleCache = Map<string, ReturnType<typeof loadFile<readonly RuleGroup[]>>>;

/** Runs promtool's unit-test files; 1 where any check of any file fails. */
export async function testRules(io: CommandIo, { files, json }: RulesTestOptions): Promise<ExitCode> {
  const cache: RuleCache = new Map();
  let failed = 0;
  for (const [index, file] of files.entries()) {
    io.progress?.('');
    const isGood = await testFile(io, { file, json, cache });
    if (!isGood) failed++;
    io.progress?.(`${index + 1} of ${files.length} files, ${failed} failed`);
    await io.drained();
  }
  io.progress?.('');
  return failed === 0 ? 0 : 1;
}

interface OneFile {
  readonly file: string;
  readonly json: boolean;
  readonly cache: RuleCache;
}

async function testFile(io: CommandIo, { file, json, cache }: OneFile): Promise<boolean> {
  const { readFile, cwd } = io.ports;
  const path = resolve(cwd, file);
  const { value: settings, problems } = await loadFile(
    file,
    () => readFile(path),
    (name, text) => checkDocument(UnitTestFile, readTexts(name, text)),
  );
  const rules = settings && (await loadGroups(io, settings, { path, cache }));
  const wrong = [...problems, ...(rules?.problems ?? [])];
  if (!settings || !rules || wrong.length > 0) return refuse(io, { file, json }, wrong.map(formatProblem));
  const groups = inOrder(rules.groups, settings.group_eval_order ?? []);
  return runAll(io, { file, json, groups }, settings);
}

async function loadGroups(
  io: CommandIo,
  { rule_files: patterns = [] }: UnitTestFile,
  { path, cache }: { readonly path: string; readonly cache: RuleCache },
) {
  const { glob, readFile } = io.ports;
  const found = await Promise.all(
    patterns.map(async (pattern) => {
      const files = await glob(pattern, dirname(path));
      if (files.length === 0) io.err(printable(`no file matches ${pattern}`));
      return files;
    }),
  );
  const files = [...new Set(found.flat())];
  const outcomes = await Promise.all(
    files.map((file) => {
      const loading = cache.get(file) ?? loadFile(file, readFile, loadRules);
      cache.set(file, loading);
      return loading;
    }),
  );
  return {
    groups: outcomes.flatMap(({ value = [] }) => value),
    problems: outcomes.flatMap(({ problems }) => problems),
  };
}

/** A group that the order does not name has the place of the first, as in promtool. */
function inOrder(groups: readonly RuleGroup[], order: readonly string[]): readonly RuleGroup[] {
  const place = ({ name }: RuleGroup): number => Math.max(0, order.indexOf(name));
  return groups.toSorted((left, right) => place(left) - place(right));
}

async function runAll(
  io: CommandIo,
  { file, json, groups }: { readonly file: string; readonly json: boolean; readonly groups: readonly RuleGroup[] },
  { tests = [], evaluation_interval: interval, fuzzy_compare: fuzzy = false }: UnitTestFile,
): Promise<boolean> {
  const faults: string[] = [];
  const checks: Check[] = [];
  for (const [index, test] of tests.entries()) {
    const name = test.name ?? `${index + 1}`;
    try {
      checks.push(...(await runTest(test, { groups, evaluationMs: interval || defaultEvaluationMs, fuzzy, name })));
    } catch (error) {
      faults.push(`test ${name}: ${(error as Error).message}`);
    }
  }
  if (json) for (const check of checks) io.out(JSON.stringify(lineOf(file, check)));
  const wrong = checks.filter(({ ok }) => !ok);
  if (faults.length > 0 || (wrong.length > 0 && !json))
    return refuse(io, { file, json }, [...wrong.map(told), ...faults]);
  if (!json) io.out(printable(`${file}: SUCCESS, ${checks.length} checks`));
  return wrong.length === 0;
}

function lineOf(file: string, { group, alertname, expr, evalTime, ok, got, expected }: Check) {
  const about = expr === undefined ? { alertname } : { expr };
  return { file, group, ...about, eval_time: `${evalTime / 1000}s`, ok, got, expected };
}

function told({ group, alertname, expr, evalTime, got, expected }: Check): string {
  const about = expr === undefined ? `alertname: ${alertname}` : `expr: ${JSON.stringify(expr)}`;
  return `test ${group}: ${about}, time: ${evalTime / 1000}s, exp: ${JSON.stringify(expected)}, got: ${JSON.stringify(got)}`;
}

function refuse(io: CommandIo, { file, json }: Omit<OneFile, 'cache'>, reasons: readonly string[]): false {
  io.out(
    json ? JSON.stringify({ file, ok: false, got: `error: ${reasons.join('; ')}` }) : printable(`${file}: FAILED`),
  );
  for (const reason of reasons) io.err(printable(`  ${reason}`));
  return false;
}
