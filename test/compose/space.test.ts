import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startProcess } from '../support/spawn.ts';
import { runnerHome, shipped } from './runner-home.ts';

/** Each file system is as large as it says, and what lies in the home takes of it. */
const stat = `#!/usr/bin/env bash
[[ $1 == --file-system ]] || exec /usr/bin/stat "$@"
blocks=$FAKE_BLOCKS below=$RUNNER_HOME
[[ -z \${FAKE_LOG_BLOCKS:-} || $4 != */_diag* ]] || blocks=$FAKE_LOG_BLOCKS below=$RUNNER_HOME/_diag
free=$((blocks - $(du -sk "$below" | cut -f 1)))
case $3 in
  '%a %S %d %c') echo "$free 1024 \${FAKE_INODES:-100000 200000}" ;;
  '%b %S %c') echo "$blocks 1024 200000" ;;
  *) exit 1 ;;
esac
`;

const mebibyte = 1024 * 1024;
/** Kibibytes: enough beside the limit of this test. */
const small = 96 * 1024;
const huge = 1024 * mebibyte;

let runner: ReturnType<typeof runnerHome>;
beforeEach(() => {
  runner = runnerHome();
  put('bin/stat', stat, 0o755);
  put('.runner', '');
});
afterEach(() => runner[Symbol.dispose]());

const at = (path: string) => join(runner.home, path);

function put(path: string, content: string | number, mode = 0o644): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), typeof content === 'string' ? content : Buffer.alloc(content, 'x'), { mode });
}

/** A workspace of a repository with so many mebibytes, last used so many days ago. */
function workspace(name: string, size: number, daysAgo: number): void {
  put(`_work/${name}/${name}/file`, size * mebibyte);
  const time = Date.now() / 1000 - daysAgo * 86_400;
  for (const path of [`${name}/${name}`, name]) utimesSync(at(`_work/${path}`), time, time);
}

function log(name: string, size: number, hoursAgo: number): void {
  put(`_diag/${name}`, size);
  const time = Date.now() / 1000 - hoursAgo * 3600;
  utimesSync(at(`_diag/${name}`), time, time);
}

const env = { FAKE_BLOCKS: String(huge), RUNNER_MIN_FREE_BYTES: String(80 * mebibyte), RUNNER_DRAIN_TIMEOUT: '0' };

/** One start, until the runner listens; what it printed. */
async function begin(more: Readonly<Record<string, string>> = {}): Promise<string> {
  await using running = await startProcess({
    command: shipped('runner/entrypoint.sh'),
    env: {
      ...{ GITHUB_REPOSITORY: 'octo/homelab', GITHUB_ORG: '', RUNNER_NAME: 'homelab-1' },
      ...{ ...runner.env, ...env, PATH: `${at('bin')}:${process.env.PATH}`, ...more },
    },
    ready: { output: /listening/ },
  });
  return running.output();
}

const full = { FAKE_BLOCKS: String(small) };
const left = (folder: string) => readdirSync(at(folder)).sort();

describe('a start makes room', () => {
  it('not where there is enough', async () => {
    put('_work/_temp/old', mebibyte);
    workspace('app', 1, 100);
    log('Worker_1.log', 10, 100);
    expect(await begin()).not.toContain('room');
    expect([left('_work'), left('_diag')]).toEqual([['_temp', 'app'], ['Worker_1.log']]);
    expect(existsSync(at('.runnerwatch/made-room'))).toBe(false);
  });

  it('with what is cheapest to lose first, and with no more than it needs', async () => {
    put('_work/_tool/node', 4 * mebibyte);
    put('_work/_temp/old', mebibyte);
    workspace('older', 8, 30);
    workspace('newer', 8, 2);
    const output = await begin(full);
    expect(left('_work')).toEqual(['_tool', 'newer']);
    expect(output).toMatch(/clearing '\S+_temp'[\s\S]*clearing '\S+older'[\s\S]*made room: 9 MiB/);
    expect(Number(readFileSync(at('.runnerwatch/made-room'), 'utf8'))).toBeGreaterThan(9 * mebibyte - 1);
  });

  it('with all but the tools where nothing is enough, what tools made read-only too', async () => {
    for (const name of ['_tool', '_temp', '_actions', '_update', '_PipelineMapping']) put(`_work/${name}/x`, 10);
    workspace('app', 1, 1);
    put('_work/-rf/x', 10);
    execFileSync('chmod', ['-R', '555', at('_work/app')]);
    await begin({ RUNNER_MIN_FREE_BYTES: '9000000000000000000' });
    expect(left('_work')).toEqual(['_PipelineMapping', '_tool']);
  });

  it('where inodes are short, and not where a file system has none to be short of', async () => {
    workspace('app', 1, 1);
    await begin({ FAKE_INODES: '0 0' });
    expect(left('_work')).toEqual(['app']);
    await begin({ FAKE_INODES: '9999 200000' });
    expect(left('_work')).toEqual([]);
  });

  it('with old logs, and keeps the end of the newest one', async () => {
    workspace('app', 1, 100);
    for (const hour of [1, 2, 3]) log(`Runner_2026010${hour}-000000-utc.log`, mebibyte, 10 - hour);
    log('Worker_20260101-000000-utc.log', mebibyte, 5);
    put('_diag/Runner_20260103-000000-utc.log', `${'x'.repeat(mebibyte)}\nSession created.\n`);
    await begin({ FAKE_LOG_BLOCKS: '2000' });
    expect([left('_work'), left('_diag')]).toEqual([['app'], ['Runner_20260103-000000-utc.log']]);
    const kept = readFileSync(at('_diag/Runner_20260103-000000-utc.log'), 'utf8');
    expect([kept.length, kept.endsWith('Session created.\n')]).toEqual([262_144, true]);
  });

  it('with logs before workspaces, the oldest first, where they share their room', async () => {
    workspace('app', 8, 1);
    for (const hour of [1, 2, 3]) log(`Worker_2026010${hour}-000000-utc.log`, 5 * mebibyte, 10 - hour);
    await begin(full);
    expect(left('_work')).toEqual(['app']);
    expect(left('_diag')).toEqual(['Worker_20260103-000000-utc.log']);
  });

  it('and follows no link out of its directories', async () => {
    put('elsewhere/kept', 'x');
    put('_work/app/app/file', 'x');
    for (const name of ['_temp', 'linked', 'app/app/inside']) symlinkSync(at('elsewhere'), at(`_work/${name}`));
    symlinkSync(at('elsewhere'), at('_diag/pages'));
    await begin({ RUNNER_MIN_FREE_BYTES: '9000000000000000000' });
    expect([left('elsewhere'), left('_work'), left('_diag')]).toEqual([['kept'], [], []]);
  });

  it('not behind a link in the place of a directory', async () => {
    put('elsewhere/app/file', 'x');
    symlinkSync(at('elsewhere'), at('_work'));
    await begin({ RUNNER_MIN_FREE_BYTES: '9000000000000000000' });
    expect(left('elsewhere')).toEqual(['app']);
  });

  it('not while a worker runs', async () => {
    runner.start(10, '/home/runner/bin/Runner.Worker', 'spawnclient', '1', '2');
    workspace('app', 1, 1);
    await begin({ RUNNER_MIN_FREE_BYTES: '9000000000000000000' });
    expect(left('_work')).toEqual(['app']);
  });
});

describe('the health check', () => {
  function facts(more: Readonly<Record<string, string>> = {}): string {
    runner.start(10, '/home/runner/bin/Runner.Listener', 'run');
    const own = { ...runner.env, ...env, RUNNER_EGRESS_INTERVAL: '0', PATH: `${at('bin')}:${process.env.PATH}` };
    return execFileSync(shipped('runner/health-check.sh'), { env: { ...own, ...more }, encoding: 'utf8' });
  }

  it('says what a start freed, and nothing where it freed nothing', () => {
    expect(facts()).not.toContain('made_room');
    put('.runnerwatch/made-room', '4096\n');
    expect(facts()).toContain(' made_room_bytes=4096');
  });

  it('tells of the logs where these are full', () => {
    put('_work/x', 'x');
    expect(facts()).toMatch(/state=healthy.* disk_free_bytes=1\d{12} /);
    expect(facts({ FAKE_LOG_BLOCKS: '2000' })).toMatch(/state=degraded.* disk_free_bytes=\d{7} /);
  });

  it('knows of no inodes where the file system has no number of them', () => {
    expect(facts({ FAKE_INODES: '0 0' })).toMatch(/state=healthy(?!.*inodes)/);
  });
});
