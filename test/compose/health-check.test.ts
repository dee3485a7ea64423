import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runnerHome, shipped } from './runner-home.ts';

const listener = ['/home/runner/bin/Runner.Listener', 'run'] as const;
const worker = ['/home/runner/bin/Runner.Worker', 'spawnclient', '1', '2'] as const;

let runner: ReturnType<typeof runnerHome>;
beforeEach(() => {
  runner = runnerHome();
});
afterEach(() => runner[Symbol.dispose]());

interface Result {
  readonly code: number;
  readonly facts: Readonly<Record<string, string>>;
  readonly stderr: string;
}

/** Runs it as Docker does. */
function check(env: Readonly<Record<string, string>> = {}): Promise<Result> {
  const { promise, resolve } = Promise.withResolvers<Result>();
  const options = { env: { ...process.env, ...runner.env, RUNNER_EGRESS_INTERVAL: '0', ...env }, timeout: 10_000 };
  const child = execFile(shipped('runner/health-check.sh'), options, (_, stdout, stderr) => {
    const facts = Object.fromEntries(
      stdout
        .trim()
        .split(' ')
        .map((pair) => pair.split('=')),
    );
    resolve({ code: child.exitCode ?? -1, facts, stderr });
  });
  return promise;
}

/** When a listener was last seen, in seconds before now. */
function lastSeen(secondsAgo: number): void {
  runner.write('.runnerwatch/listener-seen', '');
  const time = Date.now() / 1000 - secondsAgo;
  utimesSync(join(runner.state, 'listener-seen'), time, time);
}

describe('health-check.sh', () => {
  it('is healthy with a listener, and says what it knows in one line', async () => {
    runner.start(10, ...listener);
    runner.write('_diag/Runner_20260101-000000-utc.log', '[… INFO MessageListener] Session created.\n');
    const { code, facts, stderr } = await check();
    expect([code, stderr]).toEqual([0, '']);
    expect(facts).toEqual({
      state: 'healthy',
      listener: '1',
      worker: '0',
      session: 'good',
      disk_free_bytes: expect.stringMatching(/^\d+$/),
      disk_free_inodes: expect.stringMatching(/^\d+$/),
    });
  });

  it('is healthy while a job runs, whatever else', async () => {
    runner.start(10, ...worker);
    runner.write('.runnerwatch/ended', '0\n');
    expect(await check()).toMatchObject({ code: 0, facts: { listener: '0', worker: '1', exit_code: '0' } });
  });

  it('is unhealthy at once when run.sh has ended', async () => {
    lastSeen(0);
    runner.write('.runnerwatch/ended', '7\n');
    expect(await check()).toMatchObject({ code: 1, facts: { listener: '0', exit_code: '7' } });
  });

  it.each([
    [5, {}, 0],
    [100, {}, 1],
    [5, { RUNNER_LISTENER_GRACE: '2' }, 1],
    [100, { RUNNER_LISTENER_GRACE: '300' }, 0],
  ])('without a listener for %i s and %o it exits %i', async (seconds, env, expected) => {
    lastSeen(seconds);
    expect(await check(env)).toMatchObject({ code: expected, facts: { listener: '0', worker: '0' } });
  });

  it('is unhealthy where a listener was never seen', async () => {
    expect(await check()).toMatchObject({ code: 1, facts: { listener: '0' } });
  });

  it('counts the missing time from the last time it saw one', async () => {
    lastSeen(1000);
    runner.start(10, ...listener);
    expect((await check()).code).toBe(0);
    runner.end(10);
    expect((await check()).code).toBe(0);
  });

  it.each([
    ['its script, after an interpreter', ['bash', '/home/runner/bin/Runner.Listener', 'run'], '1'],
    ['a shell that only mentions it', ['bash', '-c', 'pkill Runner.Listener'], '0'],
    ['a search for it', ['pgrep', '-f', 'Runner.Listener'], '0'],
    ['a file of its name with more', ['/home/runner/bin/Runner.Listener.dll'], '0'],
    ['a zombie', [], '0'],
  ])('tells the listener from others: %s', async (_, argv, expected) => {
    runner.start(10, ...argv);
    expect((await check()).facts.listener).toBe(expected);
  });

  it.each([
    ['Session created.', 'good'],
    ['2026-01-01 00:00:00Z: Listening for Jobs', 'good'],
    ['Session created.\nRunner connect error: timeout', 'connecting'],
    ['Runner connect error: timeout\nRunner reconnected.', 'good'],
    ['Session created.\nThe runner was not found: agent 4.', 'gone'],
    ['The runner registration has been deleted from the server, please re-configure.', 'gone'],
    ['A session for this runner already exists.', 'conflict'],
    ['Runner version v2.300.0 is deprecated and cannot receive messages.', 'deprecated'],
    ['nothing of this', 'unknown'],
  ])('reads the session from the log: %j is %s', async (log, session) => {
    runner.start(10, ...listener);
    runner.write('_diag/Runner_20250101-000000-utc.log', 'Session created.\n');
    runner.write('_diag/Runner_20260101-000000-utc.log', `${log}\n`);
    runner.write('_diag/Worker_20270101-000000-utc.log', 'Session created.\n');
    expect(await check()).toMatchObject({ code: 0, facts: { session } });
  });

  it('reads only the end of a large log', async () => {
    runner.start(10, ...listener);
    runner.write('_diag/Runner_20260101-000000-utc.log', `Session created.\n${'x\n'.repeat(1_000_000)}`);
    expect((await check()).facts.session).toBe('unknown');
  });

  it('tells how long ago all was well', async () => {
    runner.start(10, ...listener);
    const at = (secondsAgo: number) =>
      new Date(Date.now() - secondsAgo * 1000)
        .toISOString()
        .replace('T', ' ')
        .replace(/[.]\d+/, '');
    const lines = [
      `[${at(600)} INFO Terminal] WRITE LINE: ${at(600)}: Listening for Jobs`,
      `[${at(5)} ERR Terminal] x`,
    ];
    runner.write('_diag/Runner_20260101-000000-utc.log', `${lines.join('\n')}\n`);
    const age = Number((await check()).facts.session_age_seconds);
    expect(age).toBeGreaterThanOrEqual(600);
    expect(age).toBeLessThan(620);
  });

  it('tells why no listener runs, and of a token that every job can read', async () => {
    lastSeen(0);
    runner.write('.runnerwatch/ended', '0\n');
    runner.write('.runnerwatch/reason', 'registration-gone\n');
    runner.write('.runnerwatch/github-token', '');
    expect(await check()).toMatchObject({
      code: 1,
      facts: { state: 'unhealthy', exit_code: '0', reason: 'registration-gone', github_token: '1' },
    });
  });

  it.each(['not-registered', 'programs-changed', 'waiting'])('is unhealthy until it has begun: %s', async (reason) => {
    lastSeen(0);
    runner.write('.runnerwatch/reason', `${reason}\n`);
    expect(await check()).toMatchObject({ code: 1, facts: { state: 'unhealthy', reason } });
  });

  it('prints one line of words, whatever a job wrote into its files', async () => {
    runner.start(10, ...listener);
    runner.write('.runnerwatch/reason', 'x listener=0\nstate=healthy');
    runner.write('.runnerwatch/egress', '1 $(id)\n');
    const { facts } = await check({ RUNNER_EGRESS_INTERVAL: '300' });
    expect(facts).not.toHaveProperty('reason');
    expect(facts).not.toHaveProperty('clock_skew_seconds');
    expect(facts).toMatchObject({ listener: '1', egress: '1' });
  });

  // With the byte-order mark that the runner writes.
  it.each([
    ['.runner', '\uFEFF{\r\n  "agentId": 12,\r\n  "agentName": "homelab-1"\r\n}', '12'],
    ['.runner', '\uFEFF{"agentName":"homelab-1","agentId":12}', '12'],
    ['.runner_migrated', '\uFEFF{\n  "agentId": 13\n}\n', '13'],
    ['.runner', '{"agentId": "12 listener=0"}', undefined],
    ['.runner', '{"agentId": 12.5}', undefined],
    ['.runner', '{"agentId": -12}', undefined],
    ['.runner', `{"agentId": ${'9'.repeat(40)}}`, undefined],
    ['.runner', `${' '.repeat(70_000)}{"agentId": 12}`, undefined],
    ['.runner', '\0\0agentId', undefined],
    ['.nothing', '', undefined],
  ])('tells which registration it holds: %s with %j is %s', async (file, text, expected) => {
    runner.start(10, ...listener);
    runner.write(file, text);
    const { code, facts, stderr } = await check();
    expect([code, stderr, facts.agent_id]).toEqual([0, '', expected]);
  });

  it('takes no directory for its registration', async () => {
    runner.start(10, ...listener);
    mkdirSync(join(runner.home, '.runner'));
    const { facts, stderr } = await check();
    expect([stderr, facts.agent_id]).toEqual(['', undefined]);
  });

  it("tells the space of the jobs' own volume", async () => {
    const work = mkdtempSync(join(tmpdir(), 'work-'));
    const { facts } = await check({ RUNNER_WORK_DIR: work });
    rmSync(work, { recursive: true });
    expect(Number(facts.disk_free_bytes)).toBeGreaterThan(0);
  });
});

describe('the way to GitHub', () => {
  /** A GitHub whose clock is off by so many seconds. */
  async function startGithub(secondsBehind: number, status = 200) {
    let asked = 0;
    const server = createServer((request, response) => {
      asked += 1;
      const date = new Date(Date.now() - secondsBehind * 1000).toUTCString();
      response.writeHead(request.url === '/rate_limit' ? status : 500, { date }).end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      env: {
        GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        RUNNER_EGRESS_INTERVAL: '300',
      },
      asked: () => asked,
      [Symbol.asyncDispose]: async () => void server.close(),
    };
  }
  beforeEach(() => runner.start(10, ...listener));

  it('is asked for now and then, and tells the clock', async () => {
    await using github = await startGithub(0);
    for (let index = 0; index < 3; index++) {
      const { code, facts } = await check(github.env);
      expect([code, facts.state, facts.egress]).toEqual([0, 'healthy', '1']);
      expect(Math.abs(Number(facts.clock_skew_seconds))).toBeLessThan(20);
    }
    expect(github.asked()).toBe(1);
  });

  it('is there where GitHub refuses', async () => {
    await using github = await startGithub(0, 403);
    expect((await check(github.env)).facts).toMatchObject({ state: 'healthy', egress: '1' });
  });

  it('degrades a runner where nothing comes back, and is healed by no restart', async () => {
    const env = { GITHUB_API_URL: 'http://127.0.0.1:1', RUNNER_EGRESS_INTERVAL: '300' };
    expect(await check(env)).toMatchObject({ code: 0, facts: { state: 'degraded', egress: '0' } });
  });

  it('degrades a runner whose clock GitHub would refuse', async () => {
    await using github = await startGithub(400);
    const { code, facts } = await check(github.env);
    expect([code, facts.state]).toEqual([0, 'degraded']);
    expect(Number(facts.clock_skew_seconds)).toBeGreaterThanOrEqual(399);
  });

  it('degrades a runner that cannot connect', async () => {
    runner.write('_diag/Runner_20260101-000000-utc.log', 'Runner connect error: timeout\n');
    expect(await check()).toMatchObject({ code: 0, facts: { state: 'degraded', session: 'connecting' } });
  });

  it('is not all: a full disk degrades a runner too', async () => {
    expect(await check({ RUNNER_MIN_FREE_BYTES: '9000000000000000000' })).toMatchObject({
      code: 0,
      facts: { state: 'degraded' },
    });
  });
});

describe('the decoy', () => {
  const hang = (atime: number) => {
    runner.write('github-token', 'ghp_decoy');
    utimesSync(join(runner.home, 'github-token'), atime, Date.now() / 1000);
    runner.write('.runnerwatch/decoy', '');
  };
  const touched = async () => (await check({ RUNNER_DECOY_FOLDER: runner.home })).facts.decoy_touched;

  it('is told of once it hangs, and the check itself does not touch it', async () => {
    expect(await touched()).toBeUndefined();
    hang(0);
    expect([await touched(), await touched()]).toEqual(['0', '0']);
  });

  it('is touched once it was read, is gone, or was touched at the start before', async () => {
    hang(Date.now() / 1000 + 1);
    expect(await touched()).toBe('1');
    rmSync(join(runner.home, 'github-token'));
    expect(await touched()).toBe('1');
    hang(0);
    expect(await touched()).toBe('0');
    runner.write('.runnerwatch/decoy-touched-before', '');
    expect(await touched()).toBe('1');
  });
});
