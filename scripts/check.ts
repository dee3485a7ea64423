import { join } from 'node:path';
import { checkImports } from './check/imports.ts';
import { type Outcome, run } from './check/run.ts';

/** The gate: `npm run check`, or `npm run check -- <step>…` for some steps only. */
const root = join(import.meta.dirname, '..');

const steps: Readonly<Record<string, () => Promise<Outcome>>> = {
  types: () => run(root, 'tsc', ['-p', 'tsconfig.json', '--pretty', 'false']),
  lint: () => run(root, 'biome', ['check', '--error-on-warnings', '.']),
  imports: () => checkImports(root),
  unused: () => run(root, 'knip', ['--treat-config-hints-as-errors']),
  docs: () => run(root, 'node', ['scripts/generate-docs.ts', '--check']),
};

async function runStep(name: string, step: () => Promise<Outcome>): Promise<boolean> {
  const start = performance.now();
  const { ok, output } = await step();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name.padEnd(8)} ${ok ? 'ok' : 'failed'} ${seconds} s`);
  if (!ok) console.log(`\n${output.trim()}\n`);
  return ok;
}

async function main(names: readonly string[]): Promise<boolean> {
  const unknown = names.find((name) => !Object.hasOwn(steps, name));
  if (unknown !== undefined) {
    console.error(`no step ${unknown}; there are: ${Object.keys(steps).join(', ')}`);
    return false;
  }
  let ok = true;
  for (const [name, step] of Object.entries(steps)) {
    if (names.length > 0 && !names.includes(name)) continue;
    ok = (await runStep(name, step)) && ok;
  }
  return ok;
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
