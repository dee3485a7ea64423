import { spawnSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { copyTree, root } from '../support/tree.ts';

// Each step is a process of its own, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 90_000 });

let copy: string;

/** The files that CONTRIBUTING.md shows, each named in its first line. */
async function examples(): Promise<ReadonlyMap<string, string>> {
  const guide = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8');
  const blocks = guide.matchAll(/^ {3}```ts\n {3}\/\/ (\S+)\n([\s\S]*?)^ {3}```$/gm);
  return new Map([...blocks].map(([, file = '', text = '']) => [file, text.replaceAll(/^ {3}/gm, '')]));
}

function run(...args: readonly string[]): { ok: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' });
  return { ok: status === 0, output: stdout + stderr };
}

beforeAll(async () => {
  copy = await copyTree();
  for (const [file, text] of await examples()) await writeFile(join(copy, file), text);
  const index = join(copy, 'src/collectors/index.ts');
  const text = await readFile(index, 'utf8');
  const withImport = text.replace(/(?=import \{ containerHealth \})/, "import { capacity } from './capacity.ts';\n");
  await writeFile(index, withImport.replace(/(?=\n\} as const)/, '\n  capacity,'));
});
afterAll(() => rm(copy, { recursive: true, force: true }));

it('the guide shows a collector and its test', async () => {
  expect([...(await examples()).keys()]).toEqual(['src/collectors/capacity.ts', 'test/collectors/capacity.test.ts']);
});

it('the example passes the gate', () => {
  expect(run('scripts/generate-docs.ts').ok).toBe(true);
  expect(run('scripts/check.ts')).toEqual({ ok: true, output: expect.stringMatching(/^docs +ok/m) });
});

it('the example passes its own test and the contracts', () => {
  const { ok, output } = run(
    'node_modules/vitest/vitest.mjs',
    'run',
    'capacity',
    'contracts/collectors',
    'contracts/metrics',
  );
  expect(output).toMatch(/Test Files.*3 passed/);
  expect(ok).toBe(true);
});
