import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { run } from './check/run.ts';
import { alertsPage } from './docs/alerts.ts';
import { cliPage } from './docs/cli.ts';
import { configurationPage } from './docs/configuration.ts';
import { githubPage } from './docs/github.ts';
import { metricsPage } from './docs/metrics.ts';

/** `npm run docs` writes the reference pages; `--check` names those that are not what the sources say. */
const root = join(import.meta.dirname, '..');

const documents: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/alerts.md': () => alertsPage(root),
  'docs/cli.md': () => cliPage(root),
  'docs/configuration.md': configurationPage,
  'docs/github.md': githubPage,
  'docs/metrics.md': metricsPage,
  'docs/schema/runnerwatch.schema.json': () => JSON.stringify(configJsonSchema()),
};

/** As the linter wants it: what is generated is checked like what is written. */
async function formatted(file: string, text: string): Promise<string> {
  const { ok, stdout, output } = await run(root, 'biome', ['format', `--stdin-file-path=${file}`], text);
  if (!ok) throw new Error(`biome cannot format ${file}: ${output}`);
  return stdout;
}

async function current(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The first line that differs, as the reader of a failed check wants it. */
function firstDifference(was: string, is: string): string {
  const old = was.split('\n');
  const fresh = is.split('\n');
  const at = fresh.findIndex((line, index) => line !== old[index]);
  const line = at === -1 ? fresh.length : at;
  return `  line ${line + 1}\n  - ${old[line] ?? '(end)'}\n  + ${fresh[line] ?? '(end)'}`;
}

async function check(file: string, fresh: string): Promise<boolean> {
  const text = await current(join(root, file));
  if (text === fresh) return true;
  const difference = text === undefined ? '  it does not exist' : firstDifference(text, fresh);
  console.error(`${file} is stale: run npm run docs and commit it\n${difference}`);
  return false;
}

async function write(file: string, fresh: string): Promise<boolean> {
  const path = join(root, file);
  if ((await current(path)) === fresh) return true;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, fresh);
  console.log(`wrote ${file}`);
  return true;
}

const handle = process.argv.includes('--check') ? check : write;
for (const [file, render] of Object.entries(documents)) {
  if (!(await handle(file, await formatted(file, await render())))) process.exitCode = 1;
}
