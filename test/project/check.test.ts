import { execFileSync, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
let copy: string;

/** The working tree as git would commit it, with this tree's packages. */
async function copyTree(to: string): Promise<void> {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of listed.toString().split('\n').filter(Boolean)) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await cp(join(root, file), join(to, file)).catch(ignoreDeleted);
  }
  await symlink(join(root, 'node_modules'), join(to, 'node_modules'));
}

/** A file deleted but not yet committed is still listed. */
function ignoreDeleted(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function gate(step: string): { ok: boolean; output: string } {
  const script = join(copy, 'scripts/check.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, step], { cwd: copy, encoding: 'utf8' });
  return { ok: status === 0, output: stdout + stderr };
}

/** Plants one file, runs one step, and puts back what was there. */
async function withFault(
  file: string,
  change: (text: string) => string,
  step: string,
): Promise<ReturnType<typeof gate>> {
  const path = join(copy, file);
  const before = await readFile(path, 'utf8').catch(() => undefined);
  await writeFile(path, change(before ?? ''));
  const result = gate(step);
  if (before === undefined) await rm(path);
  else await writeFile(path, before);
  return result;
}

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'runnerwatch-check-'));
  await copyTree(copy);
});
afterAll(() => rm(copy, { recursive: true, force: true }));

describe('npm run check', () => {
  it.each(['lint', 'imports', 'unused', 'docs'])('passes its %s step without a fault', (step) => {
    expect(gate(step)).toEqual({ ok: true, output: expect.stringMatching(new RegExp(`^${step} +ok `)) });
  });

  it.each([
    {
      fault: 'an upward import',
      file: 'src/model/planted.ts',
      change: () => "import '../lib/clock.ts';\n",
      step: 'imports',
      says: 'src/model/planted.ts → src/lib/clock.ts\n  model-looks-down: Domain types know nothing',
    },
    {
      fault: 'an import cycle',
      file: 'src/lib/backoff.ts',
      change: (text: string) => `import './planted.ts';\n${text}`,
      also: { 'src/lib/planted.ts': "import './backoff.ts';\n" },
      step: 'imports',
      says: 'no-cycles: A cycle has no first file to read.',
    },
    {
      fault: 'an unused export',
      file: 'src/model/labels.ts',
      change: (text: string) => `${text}\nexport function planted(): void {}\n`,
      step: 'unused',
      says: /planted +function +src\/model\/labels\.ts/,
    },
    {
      fault: 'an ambient Date.now()',
      file: 'src/recovery/planted.ts',
      change: () => 'export const startedAt = Date.now();\n',
      step: 'lint',
      says: 'Take a Clock and use clock.now()',
    },
    {
      fault: 'a stale generated document',
      file: 'docs/metrics.md',
      change: (text: string) => text.replace('Metrics', 'Numbers'),
      step: 'docs',
      says: 'docs/metrics.md is stale: run npm run docs',
    },
    {
      fault: 'a type error',
      file: 'src/lib/planted.ts',
      change: () => 'export const planted: number = "one";\n',
      step: 'types',
      says: 'src/lib/planted.ts(1,14): error TS2322',
    },
  ])('fails on $fault, by its own message', async ({ file, change, also = {}, step, says }) => {
    for (const [name, text] of Object.entries(also)) await writeFile(join(copy, name), text);
    const { ok, output } = await withFault(file, change, step);
    for (const name of Object.keys(also)) await rm(join(copy, name));
    expect(output).toMatch(says);
    expect(output).toMatch(new RegExp(`^${step} +failed `));
    expect(ok).toBe(false);
  });

  it('fails when dependency-cruiser has no compiler for TypeScript and so reads nothing', async () => {
    const packages = join(copy, 'node_modules');
    await rm(packages);
    await mkdir(packages);
    // Without @swc/core beside it, dependency-cruiser skips every .ts file. It looks from its real place: it is copied.
    for (const name of await readdir(join(root, 'node_modules'))) {
      if (name === '@swc') continue;
      const from = join(root, 'node_modules', name);
      if (name === 'dependency-cruiser') await cp(from, join(packages, name), { recursive: true });
      else await symlink(from, join(packages, name));
    }
    await rm(join(packages, '.bin'));
    await mkdir(join(packages, '.bin'));
    const bin = join(packages, '.bin/depcruise');
    await symlink('../dependency-cruiser/bin/dependency-cruise.mjs', bin);
    const { ok, output } = gate('imports');
    await rm(packages, { recursive: true });
    await symlink(join(root, 'node_modules'), packages);
    expect(output).toMatch(/dependency-cruiser read 0 of \d+ files under src/);
    expect(ok).toBe(false);
  });

  it('refuses a step that it does not know', () => {
    expect(gate('lnit')).toEqual({
      ok: false,
      output: expect.stringContaining('no step lnit; there are: types, lint'),
    });
  });
});
