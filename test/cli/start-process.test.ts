import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { root, runCli } from './run-cli.ts';

let directory: string;
let child: ChildProcessByStdio<null, Readable, Readable>;
let ended: Promise<number | null>;
let lines: AsyncIterableIterator<string>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'runnerwatch-'));
  writeConfig('');
  child = spawn(process.execPath, [join(root, 'src/cli.ts'), 'start', '--config', join(directory, 'r.yml')], {
    env: { PATH: process.env.PATH, GITHUB_TOKEN: 'ghs_fromenvironment' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  ended = new Promise((resolve) => child.on('close', resolve));
  lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
});

afterEach(async () => {
  child.kill('SIGKILL');
  await ended;
  rmSync(directory, { recursive: true, force: true });
});

/** Few units, so that the test depends on nothing of this machine. */
function writeConfig(more: string): void {
  const off = ['containers', 'container-health', 'host', 'icmp', 'inventory', 'ssh'].map(
    (name) => `  ${name}: {enabled: false}`,
  );
  const yaml = ['listen: 127.0.0.1:0', 'data_dir: data', 'collectors:', ...off, more, ''].join('\n');
  writeFileSync(join(directory, 'r.yml'), yaml);
}

interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Reads the log up to the line with this message. */
async function lineWith(message: string): Promise<LogLine> {
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    expect(next.value).not.toContain('ghs_');
    const parsed = JSON.parse(next.value) as LogLine;
    if (parsed.msg === message) return parsed;
  }
  throw new Error(`the log ended before "${message}"`);
}

it('start serves, loads anew on SIGHUP, and stops on SIGTERM', async () => {
  const { url } = await lineWith('listening');
  expect(await runCli(['healthcheck', '--url', String(url)])).toMatchObject({ code: 0, out: 'healthy\n' });
  expect(await runCli(['runners', '--url', String(url)])).toMatchObject({ code: 0, out: 'no runner is known\n' });

  writeConfig('scrape: {job: other}');
  child.kill('SIGHUP');
  await lineWith('reloaded');
  writeConfig('scrape: {job: 3}');
  child.kill('SIGHUP');
  const refused = await lineWith('reload refused, the earlier configuration stays');
  expect(refused.problems).toContain('scrape.job: found 3, expected a text. Correct the value');
  expect(await runCli(['healthcheck', '--url', String(url)])).toMatchObject({ code: 0 });

  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
