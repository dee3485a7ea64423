import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = join(import.meta.dirname, '../../scripts/count-tests.ts');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runnerwatch-count-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function file(status: string, ...tests: string[]): unknown {
  const assertionResults = tests.map((test, index) => ({ fullName: `test ${index}`, status: test }));
  return { name: 'a.test.ts', status, assertionResults };
}

async function count(report: string, exitCode: number): Promise<{ stdout: string; stderr: string }> {
  const path = join(folder, 'report.json');
  await writeFile(path, report);
  return spawnSync(process.execPath, [script, path, String(exitCode)], { encoding: 'utf8' });
}

describe('count-tests', () => {
  it.each([
    ['all passed', [file('passed', 'passed', 'passed')], 0, '2 0', ''],
    ['one failed', [file('failed', 'passed', 'failed')], 1, '1 1', 'test 1 (failed)'],
    ['a skipped test', [file('passed', 'passed', 'skipped')], 0, '1 1', 'test 1 (skipped)'],
    ['a pending test', [file('passed', 'pending')], 0, '0 1', 'test 0 (pending)'],
    ['a test to do', [file('passed', 'passed', 'todo')], 0, '1 1', 'test 1 (todo)'],
    ['a file that did not load', [file('passed', 'passed'), file('failed')], 1, '1 1', 'a.test.ts (failed)'],
    ['a failing hook after passed tests', [file('failed', 'passed')], 1, '1 1', 'a.test.ts (failed)'],
    ['an error outside of every test', [file('passed', 'passed')], 1, '1 1', 'the test run (exit code 1)'],
    ['no test at all', [], 0, '0 1', 'the test run (exit code 0)'],
  ])('counts %s', async (_name, testResults, exitCode, counted, says) => {
    const { stdout, stderr } = await count(JSON.stringify({ testResults }), exitCode);
    expect(stdout).toBe(`${counted}\n`);
    expect(stderr).toContain(says);
  });

  it('says how each that did not pass begins', async () => {
    const failureMessages = [`\u001b[31mError: one is not two\u001b[39m\n${'    at somewhere\n'.repeat(20)}`];
    const failed = { fullName: 'a test', status: 'failed', failureMessages };
    const unloaded = { name: 'b.test.ts', status: 'failed', message: 'no such module', assertionResults: [] };
    const assertionResults = [failed, { fullName: 'another', status: 'skipped' }];
    const report = { testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults }, unloaded] };
    const { stderr } = await count(JSON.stringify(report), 1);
    expect(stderr).toContain('not passed: a test (failed)\n    Error: one is not two\n');
    expect(stderr).toContain('not passed: b.test.ts (failed)\n    no such module\n');
    expect(stderr).toContain('not passed: another (skipped)\nnot passed');
    expect(stderr.split('\n')).toHaveLength(17);
  });

  it('counts a run whose report was never finished', async () => {
    expect((await count('{"testRes', 124)).stdout).toBe('0 1\n');
  });
});
