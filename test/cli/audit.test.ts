import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { online, openAudit, writeAudit } from '../support/audit.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/processes.ts';
import { root, runCli } from './run-cli.ts';

function envOf({ path }: { readonly path: string }) {
  return { env: { RUNNERWATCH_DATA_DIR: path } };
}

/** The lines that the script in the guide prints, run over these files. */
function provenByScript(files: readonly string[]) {
  const guide = readFileSync(join(root, 'docs/audit.md'), 'utf8');
  const [, script = ''] = /```bash\n([\s\S]*?)```/.exec(guide) ?? [];
  const { status, stdout } = spawnSync('bash', ['--norc', '-c', script, 'prove', ...files], { encoding: 'utf8' });
  return { status, stdout };
}

describe.concurrent('audit verify', () => {
  it('proves the log of an instance while it writes', async () => {
    using folder = temporaryFolder();
    using audit = openAudit(folder);
    audit.write(online('a'), online('b'));
    expect(await runCli(['audit', 'verify'], envOf(folder))).toEqual({
      code: 0,
      out: '2 records are as they were written, 1 (2026-01-01T00:00:00.000Z) to 2 (2026-01-01T00:00:00.000Z)\n',
      err: '',
    });
    audit.write(online('c'));
    expect(audit.meter).toMatchObject({ sequence: 3, broken: 0 });
  });

  it('names file, line, record, what was found and what was expected', async () => {
    using folder = temporaryFolder();
    writeAudit(folder, 3);
    const file = join(folder.path, 'audit/audit.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replace('runner-2 is online', 'runner-2 is offline'));
    const { code, out, err } = await runCli(['audit', 'verify'], envOf(folder));
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(
      new RegExp(
        `^${file}:2: record 2: found content with the hash [0-9a-f]{64}, expected content with the hash [0-9a-f]{64}\\n` +
          `1 damage in 3 records, 1 \\(.*\\) to 3 \\(.*\\)\\n$`,
      ),
    );
  });

  it('proves copies in any order, and says what it cannot prove of them', async () => {
    using folder = temporaryFolder();
    using copies = temporaryFolder();
    {
      using audit = openAudit({ ...folder, config: { max_file_size: 4000, max_files: 50 } });
      for (let index = 0; index < 60; index++) audit.write(online(`runner-${index}`));
    }
    const names = readdirSync(join(folder.path, 'audit')).sort();
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) copyFileSync(join(folder.path, 'audit', name), join(copies.path, name));
    const paths = names.map((name) => join(copies.path, name));
    const all = await runCli(['audit', 'verify', ...paths]);
    expect(all).toMatchObject({ code: 0, err: '' });
    expect(all.out).toContain('note: the end that the state keeps is not at hand');
    const last = await runCli(['audit', 'verify', join(copies.path, 'audit.jsonl')]);
    expect(last.code).toBe(0);
    expect(last.out).toMatch(/^note: records before \d+ are not here: nothing is proven of them$/m);
    const [first = '', second = ''] = paths;
    renameSync(first, second);
    expect(await runCli(['audit', 'verify', second])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/found record 1 at the beginning, expected record \d+, as the file's name says/),
    });
  });

  it('says where it is to be run, or which file is not there', async () => {
    using folder = temporaryFolder();
    const nothing = await runCli(['audit', 'verify'], envOf(folder));
    expect(nothing).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('run this where Runnerwatch runs'),
    });
    const none = await runCli(['audit', 'verify', join(folder.path, 'none')]);
    expect(none).toMatchObject({ code: 1, out: '', err: expect.stringContaining('ENOENT') });
  });
});

describe.concurrent('audit export', () => {
  /** One record an hour from midnight on: a, b, a of the first action, then c of another. */
  async function fill(path: string): Promise<readonly string[]> {
    const clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'));
    using audit = openAudit({ path, clock, config: { max_file_size: 1500 } });
    for (const runner of ['a', 'b', 'a']) {
      audit.write(online(runner));
      await clock.advance(3_600_000);
    }
    audit.write({ action: 'runner-removed', message: 'Removed.', labels: { runner: 'c' } });
    const names = readdirSync(audit.folder).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    expect(names.length).toBeGreaterThan(1);
    return [...names.slice(1), 'audit.jsonl'].flatMap((name) =>
      readFileSync(join(audit.folder, name), 'utf8').trimEnd(),
    );
  }

  it.each([
    ['everything', [], 'a b a c'],
    ['what one runner did', ['--runner', 'a'], 'a a'],
    ['from a time on', ['--since', '2026-01-01T01:00:00Z'], 'b a c'],
    ['up to a time', ['--until', '2026-01-01T01:00:00Z'], 'a b'],
    ['within a time', ['--since', '2026-01-01T00:30:00Z', '--until', '2026-01-01T02:00:00+00:00'], 'b a'],
    ['since long ago', ['--since', '100y'], 'a b a c'],
    ['one action', ['--action', 'runner-removed'], 'c'],
    ['some actions', ['--action', 'runner-removed', 'runner-online', '--runner', 'b'], 'b'],
    ['nothing', ['--runner', 'z'], ''],
  ])('prints %s', async (_, flags, runners) => {
    using folder = temporaryFolder();
    await fill(folder.path);
    const { code, out, err } = await runCli(['audit', 'export', ...flags], envOf(folder));
    expect([code, err]).toEqual([0, '']);
    const records = out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
    const told = records.filter(({ event }) => event.action !== 'audit-rotated');
    expect(told.map(({ labels }) => labels.runner).join(' ')).toBe(runners);
  });

  it('prints records as they are, so that they can be proven', async () => {
    using folder = temporaryFolder();
    using copy = temporaryFolder();
    await fill(folder.path);
    const { out } = await runCli(['audit', 'export'], envOf(folder));
    const file = join(copy.path, 'exported.jsonl');
    writeFileSync(file, out);
    expect(await runCli(['audit', 'verify', file])).toMatchObject({ code: 0, err: '' });
  });

  it.each([
    ['--since', 'yesterday', '--since: expected a time such as 2026-01-31T12:00:00Z or a duration such as 7d'],
    ['--until', 'x', '--until: expected a time such as 2026-01-31T12:00:00Z or a duration such as 7d'],
    ['--action', 'runner-onlin', '--action: found runner-onlin, expected one of runner-registered, '],
  ])('refuses %s %s', async (flag, value, message) => {
    const { code, out, err } = await runCli(['audit', 'export', flag, value]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it('prints what can be read of a log that is damaged, and says so', async () => {
    using folder = temporaryFolder();
    writeAudit(folder, 2);
    const file = join(folder.path, 'audit/audit.jsonl');
    writeFileSync(file, `hello\n${readFileSync(file, 'utf8')}`);
    const { code, out, err } = await runCli(['audit', 'export'], envOf(folder));
    expect([code, out.split('\n').length - 1]).toEqual([1, 2]);
    expect(err).toBe('1 lines are no records; see runnerwatch audit verify\n');
  });
});

describe('a shell', () => {
  it('proves with jq and sha256sum what the command proves', () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'audit/audit.jsonl');
    {
      using audit = openAudit(folder);
      audit.write(online('a\u007fb"\\\u2028é😀'), {
        action: 'job-ended',
        message: 'Ended.',
        labels: { job: 'b', a: '1' },
      });
    }
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const { event } = JSON.parse(lines[1] ?? '');
    expect(provenByScript([file])).toEqual({
      status: 0,
      stdout: `2 records, the last one has the hash ${event.hash}\n`,
    });
    writeFileSync(file, `${lines[0]?.replace('online', 'offline')}\n${lines[1]}\n`);
    expect(provenByScript([file])).toEqual({ status: 1, stdout: 'line 1 was changed\n' });
    writeFileSync(file, `${lines[1]}\n${lines[0]}\n`);
    expect(provenByScript([file])).toEqual({ status: 1, stdout: 'line 2 does not follow the one before\n' });
  });

  it('reads a long export, which takes little memory and ends quietly where that was enough', () => {
    using folder = temporaryFolder();
    writeAudit(folder, 30_000);
    const command = `node ${join(root, 'src/cli.ts')} audit export`;
    const options = {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, RUNNERWATCH_DATA_DIR: folder.path, NODE_OPTIONS: '--max-old-space-size=40' },
    } as const;
    const counted = spawnSync('bash', ['--norc', '-c', `set -o pipefail; ${command} | wc -lc`], options);
    expect(counted).toMatchObject({ status: 0, stderr: '' });
    const [lines, bytes] = counted.stdout.trim().split(/\s+/).map(Number);
    expect(lines).toBeGreaterThanOrEqual(30_000);
    expect(bytes).toBeGreaterThan(15_000_000);
    const headed = spawnSync('bash', ['--norc', '-c', `set -o pipefail; ${command} | head -n 1`], options);
    expect(headed).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(headed.stdout)).toMatchObject({ event: { sequence: 1 } });
  });
});
