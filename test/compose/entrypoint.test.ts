import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGithubEmulator, type GithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { startProcess } from '../support/spawn.ts';
import { waitUntil } from '../support/wait.ts';
import { runnerHome, shipped } from './runner-home.ts';

const baseEnv = {
  GITHUB_REPOSITORY: 'octo/homelab',
  GITHUB_ORG: '',
  GITHUB_TOKEN: TEST_TOKEN,
  GITHUB_TOKEN_FILE: '',
  GITHUB_SERVER_URL: 'https://github.example',
  RUNNER_NAME: 'homelab-1',
  RUNNER_LABELS: '',
};

let github: GithubEmulator;
let runner: ReturnType<typeof runnerHome>;

beforeEach(async () => {
  github = await createGithubEmulator();
  runner = runnerHome();
});
afterEach(async () => {
  await github[Symbol.asyncDispose]();
  runner[Symbol.dispose]();
});

function start(env: Readonly<Record<string, string>> = {}, ready = /listening/) {
  return startProcess({
    command: shipped('runner/entrypoint.sh'),
    env: { ...baseEnv, ...runner.env, GITHUB_API_URL: github.url, ...env },
    ready: { output: ready },
  });
}

function paths(): readonly string[] {
  return github.requests().map(({ method, path }) => `${method} ${path}`);
}

describe('registration', () => {
  it('asks GitHub for a token and hands it to config.sh, never as an argument', async () => {
    await using _ = await start();
    expect(paths()).toEqual([
      'GET /repos/octo/homelab/actions/runners?per_page=100&name=homelab-1',
      'POST /repos/octo/homelab/actions/runners/registration-token',
    ]);
    expect(runner.lines('config.calls')).toEqual([
      '--unattended --replace --url https://github.example/octo/homelab --name homelab-1 --work _work',
    ]);
    const [token] = runner.lines('config.tokens');
    expect(token).toMatch(/^\S{10,}$/);
    expect(token).not.toBe(TEST_TOKEN);
  });

  it('registers with an organisation, with labels and as asked', async () => {
    const flags = { RUNNER_LABELS: 'lan,arm', RUNNER_EPHEMERAL: 'true', RUNNER_DISABLE_UPDATE: 'true' };
    await using _ = await start({ GITHUB_REPOSITORY: '', GITHUB_ORG: 'octo', ...flags });
    expect(paths().at(-1)).toBe('POST /orgs/octo/actions/runners/registration-token');
    expect(runner.lines('config.calls')).toEqual([
      '--unattended --replace --url https://github.example/octo --name homelab-1 --work _work --labels lan,arm --ephemeral --disableupdate',
    ]);
  });

  it('leaves the runner its updates with a token of its own, which registers any program', async () => {
    await using _ = await start({ RUNNER_EPHEMERAL: 'true' });
    expect(runner.read('config.calls')).not.toContain('--disableupdate');
  });

  it.each(['.runner', '.runner_migrated'])('is kept over a restart (%s)', async (file) => {
    runner.write(file, '');
    await using _ = await start();
    expect(paths()).toEqual([]);
    expect(runner.lines('config.calls')).toEqual([]);
  });

  it('reads the token from a file, also where the environment has one', async () => {
    runner.write('token', `${TEST_TOKEN}\r\n`);
    await using _ = await start({ GITHUB_TOKEN: 'ghp_old', GITHUB_TOKEN_FILE: `${runner.home}/token` });
    expect(runner.lines('config.calls')).toHaveLength(1);
  });

  it('falls back on the environment where the file is empty', async () => {
    runner.write('token', '');
    await using _ = await start({ GITHUB_TOKEN_FILE: `${runner.home}/token` });
    expect(runner.lines('config.calls')).toHaveLength(1);
  });

  it('tries again while GitHub refuses, and says why', async () => {
    github.fail({ match: 'registration-token', times: 2, status: 503 });
    await using running = await start();
    expect(paths().filter((path) => path.startsWith('POST'))).toHaveLength(3);
    expect(running.output()).toContain('503');
    expect(running.output().match(/registration failed; trying again/g)).toHaveLength(2);
  });

  it('does not throw out a runner of its name that is online', async () => {
    const { id } = github.addRunner({ scope: 'octo/homelab', name: 'homelab-1', status: 'online' });
    await using running = await start({}, /trying again/);
    expect(running.output()).toContain('GitHub sees a runner homelab-1 online');
    expect(runner.lines('config.calls')).toEqual([]);
    github.setRunner(id, { status: 'offline' });
    await waitUntil(() => running.output().includes('listening'), { timeoutMs: 10_000, what: running.output });
  });

  it('registers though GitHub does not say which runners there are', async () => {
    github.fail({ match: 'actions/runners?', times: 1, status: 403 });
    await using _ = await start();
    expect(runner.lines('config.calls')).toHaveLength(1);
  });

  it('is made anew where GitHub had forgotten it', async () => {
    for (const file of ['.runner', '.credentials']) runner.write(file, '');
    runner.write('.runnerwatch/reason', 'registration-gone\n');
    await using _ = await start();
    expect(runner.lines('config.calls')).toHaveLength(1);
  });

  it('is not held up by what an earlier job put in the place of its files', async () => {
    execFileSync('bash', ['-c', 'cd "$0" && mkfifo reason ended egress listener-seen', runner.state]);
    for (const file of ['.credentials', '.env']) mkdirSync(join(runner.home, file, 'full'), { recursive: true });
    await using _ = await start();
    expect(runner.lines('config.calls')).toHaveLength(1);
  });

  it('believes nothing that an earlier job may have left', async () => {
    for (const file of ['.env', '.path', '.proxy', '.proxycredentials']) runner.write(file, 'https_proxy=evil');
    runner.write('.curlrc', 'proxy = "http://127.0.0.1:1"\n');
    runner.write('.jq', 'def strings: "evil";');
    await using _ = await start({ HOME: runner.home });
    expect(runner.lines('config.tokens')[0]).toMatch(/^[0-9A-F]{30}$/);
    for (const file of ['.env', '.path', '.proxy', '.proxycredentials']) expect(runner.read(file)).toBe('');
    expect(runner.lines('config.homes')).not.toEqual([runner.home]);
    expect(runner.read('run.env')).toContain(`HOME=${runner.home}`);
  });

  it('takes nothing for a registration that a failed config.sh left behind', async () => {
    await using _ = await start({ FAKE_CONFIG_CODE: '1' }, /trying again[\s\S]+trying again/);
    expect(runner.lines('config.calls').length).toBeGreaterThan(1);
    expect(runner.read('run.env')).toBe('');
  });

  it.each([
    ['a quote', 'ghp_"x'],
    ['a space', 'ghp x'],
    ['nothing', ''],
  ])('never sends a token with %s in it', async (_, token) => {
    await using running = await start({ GITHUB_TOKEN: token }, /trying again/);
    expect(running.output()).toContain('no usable GitHub token');
    expect(paths()).toEqual([]);
  });

  it.each([
    ['neither', { GITHUB_REPOSITORY: '' }],
    ['both', { GITHUB_ORG: 'octo' }],
    ['no owner', { GITHUB_REPOSITORY: 'homelab' }],
  ])('refuses to start with %s', async (_, env) => {
    await using running = await start(env, /set one of GITHUB_REPOSITORY \(owner\/name\) and GITHUB_ORG/);
    expect(await running.exited).toBe(1);
  });
});

describe('the runner', () => {
  it('gets no token in its environment, and nothing prints one', async () => {
    runner.write('token', TEST_TOKEN);
    await using running = await start({ GITHUB_TOKEN_FILE: `${runner.home}/token` });
    const env = runner.read('run.env');
    expect(env).toContain('RUNNER_NAME=homelab-1');
    expect(env).not.toMatch(/TOKEN/);
    expect(running.output()).not.toContain(TEST_TOKEN);
  });

  it('warns of a token that every job can read', async () => {
    await using running = await start();
    expect(running.output()).toContain('WARNING: a GitHub token that registers runners is in this container');
    expect(existsSync(join(runner.state, 'github-token'))).toBe(true);
  });

  it('gets the proxies, in the letters that curl reads', async () => {
    await using _ = await start({ HTTPS_PROXY: 'http://up:1', NO_PROXY: '127.0.0.1', no_proxy: 'localhost,127.0.0.1' });
    const env = runner.lines('run.env');
    expect(env).toContain('https_proxy=http://up:1');
    expect(env).toContain('no_proxy=localhost,127.0.0.1');
  });

  it('gets the job hooks, unless others are given', async () => {
    await using _ = await start({ ACTIONS_RUNNER_HOOK_JOB_STARTED: '/own.sh' });
    const env = runner.lines('run.env');
    expect(env).toContain('ACTIONS_RUNNER_HOOK_JOB_STARTED=/own.sh');
    expect(env).toContain(`ACTIONS_RUNNER_HOOK_JOB_COMPLETED=${shipped('runner/job-completed.sh')}`);
  });

  it.each([
    ['Session created.', '0', 'ended'],
    ['The runner registration has been deleted from the server, please re-configure.', '0', 'registration-gone'],
    ['A session for this runner already exists.', '0', 'session-conflict'],
    ['Runner version v2.300.0 is deprecated and cannot receive messages.', '1', 'version-deprecated'],
    ['Session created.', '7', 'version-deprecated'],
    ['Session created.', '137', 'killed'],
  ])('says why it ended: %j with %s is %s', async (line, code, reason) => {
    runner.write('_diag/Runner_20260101-000000-utc.log', `${line}\n`);
    await using running = await start();
    runner.write('run.end', code);
    await waitUntil(() => running.output().includes('staying up'), { timeoutMs: 5000, what: running.output });
    expect(runner.read('.runnerwatch/reason')).toBe(`${reason}\n`);
  });

  it('leaves the container up when it ends unasked, for the health check to say so', async () => {
    await using running = await start();
    runner.write('run.end', '0');
    await waitUntil(() => running.output().includes('staying up'), { timeoutMs: 5000, what: running.output });
    expect(runner.read('.runnerwatch/ended')).toBe('0\n');
    expect(await running.stop()).toBe(0);
  });

  it('is run anew after a restart: what ended before counts no more', async () => {
    runner.write('.runner', '');
    runner.write('.runnerwatch/ended', '0\n');
    await using _ = await start();
    expect(runner.read('.runnerwatch/ended')).toBe('');
  });

  it.each([
    ['RUNNER_EXIT_ON_FAILURE', '0', 1],
    ['RUNNER_EXIT_ON_FAILURE', '7', 7],
    ['RUNNER_EPHEMERAL', '0', 0],
  ])('ends the container where %s says so (code %s)', async (variable, code, expected) => {
    await using running = await start({ [variable]: 'true' });
    runner.write('run.end', code);
    expect(await running.exited).toBe(expected);
  });
});

describe('a stop', () => {
  it('ends the runner by TERM and keeps its registration', async () => {
    await using running = await start();
    expect(await running.stop()).toBe(0);
    expect(runner.lines('run.signals')).toEqual(['TERM']);
    expect(runner.lines('config.calls')).toHaveLength(1);
    expect(runner.read('.runner')).toBe('');
  });

  it('waits for the running job', async () => {
    runner.start(7, '/home/runner/bin/Runner.Worker', 'spawnclient');
    await using running = await start();
    const stopped = running.stop();
    await waitUntil(() => running.output().includes('waiting for the running job'), {
      timeoutMs: 5000,
      what: running.output,
    });
    expect(runner.lines('run.signals')).toEqual([]);
    runner.end(7);
    expect(await stopped).toBe(0);
    expect(runner.lines('run.signals')).toEqual(['TERM']);
  });

  it('waits for a job no longer than it may', async () => {
    runner.start(7, '/home/runner/bin/Runner.Worker', 'spawnclient');
    await using running = await start({ RUNNER_DRAIN_TIMEOUT: '1' });
    expect(await running.stop()).toBe(0);
    expect(runner.lines('run.signals')).toEqual(['TERM']);
  });

  it('takes the runner out of GitHub where RUNNER_DEREGISTER says so', async () => {
    await using running = await start({ RUNNER_DEREGISTER: 'true' });
    expect(await running.stop()).toBe(0);
    expect(paths().at(-1)).toBe('POST /repos/octo/homelab/actions/runners/remove-token');
    expect(runner.lines('config.calls').at(-1)).toBe('remove');
    expect(running.output()).not.toContain('GitHub still lists');
  });

  it('says so where GitHub cannot be told', async () => {
    await using running = await start({ RUNNER_DEREGISTER: 'true' });
    github.fail({ match: 'remove-token', status: 500 });
    expect(await running.stop()).toBe(0);
    expect(running.output()).toContain('GitHub still lists this runner');
  });
});
