import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { copyTree, root } from '../support/tree.ts';

// Each step is a process of its own, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 90_000 });

let copy: string;

beforeAll(async () => {
  copy = await copyTree();
});
afterAll(() => rm(copy, { recursive: true, force: true }));

interface Result {
  readonly ok: boolean;
  readonly output: string;
}

function gate(step: string): Result {
  const script = join(copy, 'scripts/check.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, step], { cwd: copy, encoding: 'utf8' });
  return { ok: status === 0, output: stdout + stderr };
}

type Faults = Readonly<Record<string, (text: string) => string>>;

/** Plants the faults, runs one step, and puts back what was there. */
async function withFaults(faults: Faults, step: string): Promise<Result> {
  const before = new Map<string, string | undefined>();
  for (const [file, change] of Object.entries(faults)) {
    const text = await readFile(join(copy, file), 'utf8').catch(() => undefined);
    before.set(file, text);
    await writeFile(join(copy, file), change(text ?? ''));
  }
  const result = gate(step);
  for (const [file, text] of before) {
    await (text === undefined ? rm(join(copy, file)) : writeFile(join(copy, file), text));
  }
  return result;
}

/** The packages without @swc/core. dependency-cruiser looks for it from its own real place, so it is copied. */
async function withoutCompiler(): Promise<void> {
  const packages = join(copy, 'node_modules');
  await rm(packages);
  await mkdir(join(packages, '.bin'), { recursive: true });
  const names = await readdir(join(root, 'node_modules'));
  for (const name of names.filter((each) => !['.bin', '@swc', 'dependency-cruiser'].includes(each))) {
    await symlink(join(root, 'node_modules', name), join(packages, name));
  }
  await cp(join(root, 'node_modules/dependency-cruiser'), join(packages, 'dependency-cruiser'), { recursive: true });
  await symlink('../dependency-cruiser/bin/dependency-cruise.mjs', join(packages, '.bin/depcruise'));
}

describe('npm run check', () => {
  it.each(['types', 'lint', 'imports', 'unused', 'docs'])('passes its step %s without a fault', (step) => {
    expect(gate(step)).toEqual({ ok: true, output: expect.stringMatching(new RegExp(`^${step} +ok `)) });
  });

  it.each<{ fault: string; faults: Faults; step: string; says: string | RegExp }>([
    {
      fault: 'an upward import',
      faults: { 'src/model/planted.ts': () => "import '../lib/clock.ts';\n" },
      step: 'imports',
      says: 'src/model/planted.ts → src/lib/clock.ts\n  model-looks-down: Domain types know nothing',
    },
    {
      fault: 'an import cycle',
      faults: {
        'src/lib/backoff.ts': (text) => `import './planted.ts';\n${text}`,
        'src/lib/planted.ts': () => "import './backoff.ts';\n",
      },
      step: 'imports',
      says: 'no-cycles: A cycle has no first file to read.',
    },
    {
      fault: 'an unused export',
      faults: { 'src/model/labels.ts': (text) => `${text}\nexport function planted(): void {}\n` },
      step: 'unused',
      says: /planted +function +src\/model\/labels\.ts/,
    },
    {
      fault: 'an ambient Date.now()',
      faults: { 'src/recovery/planted.ts': () => 'export const startedAt = Date.now();\n' },
      step: 'lint',
      says: 'Take a Clock and use clock.now()',
    },
    {
      fault: 'a generated document that the source has left behind',
      faults: {
        'src/collectors/run.ts': (text) => text.replace('Whether the last collection', 'Whether a collection'),
      },
      step: 'docs',
      says: 'docs/metrics.md is stale: run npm run docs',
    },
    {
      fault: 'a type error',
      faults: { 'src/lib/planted.ts': () => 'export const planted: number = "one";\n' },
      step: 'types',
      says: 'src/lib/planted.ts(1,14): error TS2322',
    },
  ])('fails on $fault, by its own message', async ({ faults, step, says }) => {
    const { ok, output } = await withFaults(faults, step);
    expect(output).toMatch(says);
    expect(output).toMatch(new RegExp(`^${step} +failed `));
    expect(ok).toBe(false);
  });

  it('refuses a step that it does not know', () => {
    expect(gate('lnit')).toEqual({
      ok: false,
      output: expect.stringContaining('no step lnit; there are: types, lint'),
    });
  });

  it('fails when dependency-cruiser has no compiler for TypeScript, and so reads nothing', async () => {
    await withoutCompiler();
    const { ok, output } = gate('imports');
    expect(output).toMatch(/dependency-cruiser read 0 of \d+ files under src/);
    expect(ok).toBe(false);
  });
});
