import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { PromqlError } from '../../src/promql/error.ts';
import { evaluate } from '../../src/promql/evaluate.ts';
import { parseExpr } from '../../src/promql/parse.ts';
import type { History } from '../../src/samples/history.ts';
import { binary, needs } from '../support/services.ts';
import { expressions, failing, malformed, series } from './corpus.ts';
import { load, notation, stepMs, type TestSeries } from './load.ts';
import { randomExpressions, randomPairs, randomSeries } from './random.ts';

const minutes = [0, 1, 5, 17, 20, 25];

function samplesOf(history: History, expr: string, minute: number): readonly { labels: string; value: number }[] {
  const value = evaluate(parseExpr(expr), { storage: history, at: minute * 60_000 });
  if (value.type === 'scalar') return [{ labels: '{}', value: value.value }];
  if (value.type !== 'vector') return [];
  return value.samples.map(({ labels, value }) => ({ labels: notation(labels), value }));
}

function errorOf(history: History, expr: string, minute: number): string {
  try {
    samplesOf(history, expr, minute);
  } catch (error) {
    if (error instanceof PromqlError) return error.message;
    throw error;
  }
  return '';
}

function isAccepted(expr: string): boolean {
  try {
    parseExpr(expr);
    return true;
  } catch {
    return false;
  }
}

/** A promtool unit test of the same series; `samples` are what is expected. */
function unitTest(
  loaded: readonly TestSeries[],
  tests: readonly { expr: string; minute: number; samples: readonly object[] }[],
): string {
  return stringify({
    evaluation_interval: '15s',
    tests: [
      {
        interval: `${stepMs / 1000}s`,
        input_series: loaded.map(({ labels, values }) => ({ series: notation(labels), values: spelled(values) })),
        promql_expr_test: tests.map(({ expr, minute, samples }) => ({
          expr,
          eval_time: `${minute}m`,
          exp_samples: samples,
        })),
      },
    ],
  });
}

function spelled(values: readonly (number | string)[]): string {
  return values.map((value) => String(value).replace('Infinity', 'Inf')).join(' ');
}

describe.skipIf(needs('promtool'))('the engine beside promtool', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'promql-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function promtool(args: readonly string[], name: string, content: string): { status: number | null; output: string } {
    const file = join(folder, name);
    writeFileSync(file, content);
    const { status, stdout, stderr } = spawnSync(binary('promtool'), [...args, file], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { status, output: stdout + stderr };
  }

  function compare(loaded: readonly TestSeries[], asked: readonly string[]): readonly string[] {
    const history = load(loaded);
    const tests = asked.flatMap((expr) =>
      minutes.map((minute) => ({ expr, minute, samples: samplesOf(history, expr, minute) })),
    );
    // A sentinel that must be complained about shows that promtool ran and that its words are still understood.
    const wrong = { expr: 'vector(41)', minute: 1, samples: [{ labels: '{}', value: 42 }] };
    const { output } = promtool(['test', 'rules'], 'agree.test.yml', unitTest(loaded, [...tests, wrong]));
    return disagreements(output);
  }

  it(`agrees on ${expressions.length} expressions at ${minutes.length} times`, () => {
    expect(compare(series, expressions)).toEqual([expect.stringContaining('vector(41)')]);
  });

  it('agrees on random series', () => {
    expect(compare(randomSeries, randomExpressions)).toEqual([expect.stringContaining('vector(41)')]);
  });

  it('agrees on random pairs of expressions, be it that they fail', () => {
    const history = load(series);
    const outcomes = randomPairs.filter(isAccepted).map((expr) => ({ expr, error: errorOf(history, expr, 10) }));
    const sound = outcomes.filter(({ error }) => error === '').map(({ expr }) => expr);
    const tests = outcomes.map(({ expr, error }) => ({
      expr,
      minute: 10,
      samples: error === '' ? samplesOf(history, expr, 10) : [],
    }));
    const { output } = promtool(['test', 'rules'], 'pairs.test.yml', unitTest(series, tests));
    const failed = disagreements(output).filter((complaint) => complaint.includes('err: '));
    expect(disagreements(output).filter((complaint) => !complaint.includes('err: '))).toEqual([]);
    expect(failed).toHaveLength(outcomes.length - sound.length);
    expect(sound.length).toBeGreaterThan(300);
    expect(failed.length).toBeGreaterThan(20);
  });

  it('fails where promtool fails, with its words', () => {
    const tests = failing.map((expr) => ({ expr, minute: 10, samples: [] }));
    const { output } = promtool(['test', 'rules'], 'fail.test.yml', unitTest(series, tests));
    for (const expr of failing) {
      const theirs = output.split('expr: ').find((part) => part.startsWith(JSON.stringify(expr))) ?? '';
      expect(theirs, expr).toContain('err: ');
      expect(errorOf(load(series), expr, 10), `${expr}: ${theirs}`).not.toBe('');
      expect(comparable(theirs), expr).toContain(comparable(errorOf(load(series), expr, 10)));
    }
  });

  it('refuses what promtool refuses', () => {
    const rules = malformed.map((expr, index) => ({ record: `case:${index}:x`, expr }));
    const { output } = promtool(['check', 'rules'], 'bad.yml', stringify({ groups: [{ name: 'bad', rules }] }));
    const accepted = malformed.filter((_, index) => !new RegExp(`case:${index}:x|rule ${index + 1},`).test(output));
    expect(accepted, output).toEqual([]);
    for (const expr of malformed) expect(() => parseExpr(expr), expr).toThrow(PromqlError);
  });
});

/**
 * promtool's complaints without those about the last bits of a float and about NaN, which it finds unequal to itself.
 * A complaint that has no two results, an error, stays.
 */
function disagreements(output: string): readonly string[] {
  const complaints = output.split(/^(?= +expr: )/m).filter((part) => part.trimStart().startsWith('expr: '));
  return complaints.filter((complaint) => {
    const [, expected, got] = /^ +exp: ?(.*)\n +got: ?(.*)$/m.exec(complaint) ?? [];
    return expected === undefined || got === undefined || !isSameResult(expected, got);
  });
}

function isSameResult(expected: string, got: string): boolean {
  const [ours, theirs] = [expected.split(', {').sort(), got.split(', {').sort()];
  return ours.length === theirs.length && ours.every((sample, index) => isSameSample(sample, theirs[index] ?? ''));
}

function isSameSample(ours: string, theirs: string): boolean {
  const [a, b] = [ours.lastIndexOf(' '), theirs.lastIndexOf(' ')];
  return ours.slice(0, a) === theirs.slice(0, b) && isSameNumber(numberOf(ours.slice(a)), numberOf(theirs.slice(b)));
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function isSameNumber(a: number, b: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
}

/** Which of two duplicates is named first depends on the order in a store. */
function comparable(message: string): string {
  return message.replace(/\[.*?\];/s, '[…];').replace(/match group \{.*?\}/, 'match group {…}');
}
