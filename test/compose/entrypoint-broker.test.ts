import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startProcess } from '../support/spawn.ts';
import { createFakeBroker, granted, refused } from './fake-broker.ts';
import { runnerHome, shipped } from './runner-home.ts';

let runner: ReturnType<typeof runnerHome>;
beforeEach(() => {
  runner = runnerHome();
  runner.write('key', 'the-key\n');
});
afterEach(() => runner[Symbol.dispose]());

function start(url: string, env: Readonly<Record<string, string>> = {}, ready = /listening/) {
  return startProcess({
    command: shipped('runner/entrypoint.sh'),
    env: {
      GITHUB_REPOSITORY: 'octo/homelab',
      GITHUB_ORG: '',
      GITHUB_TOKEN: '',
      GITHUB_TOKEN_FILE: '',
      GITHUB_API_URL: 'http://127.0.0.1:1',
      GITHUB_SERVER_URL: 'https://github.example',
      RUNNER_NAME: 'homelab-1',
      RUNNER_LABELS: 'lan',
      RUNNER_BROKER_URL: url,
      RUNNER_KEY_FILE: `${runner.home}/key`,
      ...runner.env,
      ...env,
    },
    ready: { output: ready },
  });
}

const token = granted({ kind: 'registration', token: 'AREGISTRATIONTOKEN' });
const kept = granted({ kind: 'kept' });

describe('with the token broker', () => {
  it('registers with what Runnerwatch gives, and runs without it', async () => {
    await using broker = await createFakeBroker(token);
    await using running = await start(broker.url);
    expect(broker.asked).toEqual([
      {
        path: '/api/v1/runner-token',
        authorization: 'Bearer the-key',
        body: { kind: 'registration', scope: 'octo/homelab', work: '_work' },
      },
    ]);
    expect(runner.lines('config.tokens')).toEqual(['AREGISTRATIONTOKEN']);
    expect(runner.read('run.env')).not.toMatch(/TOKEN|KEY/);
    expect(running.output()).not.toContain('WARNING');
    expect(running.output()).not.toContain('AREGISTRATIONTOKEN');
  });

  it('hangs up decoys for its jobs, anew at each start', async () => {
    runner.write('decoy', 'ghp_decoy');
    runner.write('github-token', 'left by the start before');
    const env = {
      ...{ DOCKER_HOST: '', RUNNER_DOCKER_SOCKET: '/nonexistent', RUNNER_DOCKER_DECOY: 'true', NO_PROXY: 'nas' },
      ...{ RUNNER_DECOY_SOURCE: `${runner.home}/decoy`, RUNNER_DECOY_FOLDER: runner.home },
    };
    await using broker = await createFakeBroker(token);
    await using _ = await start(broker.url, env);
    expect(runner.lines('run.env')).toEqual(
      expect.arrayContaining([
        ...['RUNNER_REGISTRATION_PAT=ghp_decoy', `DOCKER_HOST=${broker.url.replace('http', 'tcp')}`],
        ...['NO_PROXY=nas,127.0.0.1', 'no_proxy=nas,127.0.0.1'],
      ]),
    );
    expect(existsSync(join(runner.state, 'decoy'))).toBe(true);
    const { atimeMs, mode } = statSync(join(runner.home, 'github-token'));
    expect([atimeMs, mode & 0o777]).toEqual([0, 0o600]);
    expect(runner.read('github-token')).toBe('ghp_decoy\n');
  });

  it.each([[false], [true]])('tells the next start that the decoy was touched: %s', async (isTouched) => {
    runner.write('decoy', 'ghp_decoy');
    const env = { RUNNER_DECOY_SOURCE: `${runner.home}/decoy`, RUNNER_DECOY_FOLDER: runner.home };
    await using broker = await createFakeBroker(token);
    {
      await using first = await start(broker.url, env);
      if (isTouched) runner.read('github-token');
      await first.stop();
    }
    await using _ = await start(broker.url, env);
    const kept = ['decoy-touched', 'decoy-touched-before'].map((name) => existsSync(join(runner.state, name)));
    expect(kept).toEqual([false, isTouched]);
  });

  it.each([
    ['nobody who wants it', { RUNNER_DOCKER_DECOY: '' }, 'DOCKER_HOST='],
    ['Docker of its own', { DOCKER_HOST: 'unix:///dind/docker.sock' }, 'DOCKER_HOST=unix:///dind/docker.sock'],
    ['a GitHub token', { GITHUB_TOKEN: 'a-token', DOCKER_HOST: '' }, 'DOCKER_HOST='],
  ])('leads no job that has %s away from it', async (_, env, expected) => {
    await using broker = await createFakeBroker(token);
    await using github = createServer((_request, response) => response.end('{"token":"A","runners":[]}')).listen(0);
    await once(github, 'listening');
    const { port } = github.address() as AddressInfo;
    const asked = { DOCKER_HOST: '', RUNNER_DOCKER_DECOY: 'true' };
    const places = { ...asked, RUNNER_DOCKER_SOCKET: '/nonexistent', GITHUB_API_URL: `http://127.0.0.1:${port}` };
    await using _running = await start(broker.url, { ...places, ...env });
    expect(runner.lines('run.env')).toContain(expected);
  });

  it('uses up what its start could be given before a job may run', async () => {
    runner.write('.runner', '');
    await using broker = await createFakeBroker(refused(503, 'failed'), kept);
    await using _ = await start(broker.url);
    expect(broker.kinds()).toEqual(['kept', 'kept']);
    expect(runner.lines('config.calls')).toEqual([]);
  });

  it.each([
    ['already-granted', 409],
    ['too-late', 409],
    ['disabled', 403],
  ])('starts at once where there is nothing left to be given: %s', async (outcome, status) => {
    runner.write('.runner', '');
    await using broker = await createFakeBroker(refused(status, outcome));
    await using _ = await start(broker.url);
    expect(broker.kinds()).toEqual(['kept']);
  });

  it('starts no job while Runnerwatch is silent and could still give something', async () => {
    runner.write('.runner', '');
    const env = { RUNNER_BROKER_SECONDS: '3', RUNNER_RETRY_SECONDS: '1' };
    await using running = await start('http://127.0.0.1:1', env, /waiting for Runnerwatch/);
    expect(runner.read('run.env')).toBe('');
    await expect.poll(() => running.output(), { timeout: 15_000 }).toContain('listening');
  });

  it.each(['already-granted', 'too-late'])('ends where its start gets nothing more: %s', async (outcome) => {
    await using broker = await createFakeBroker(refused(409, outcome));
    await using running = await start(broker.url, {}, /has to be started anew/);
    expect(await running.exited).toBe(1);
    expect(broker.kinds()).toEqual(['registration']);
  });

  it.each(['github-failed', 'name-taken', 'bad-key'])('asks again after %s', async (outcome) => {
    await using broker = await createFakeBroker(refused(409, outcome), token);
    await using running = await start(broker.url);
    expect(broker.kinds()).toEqual(['registration', 'registration']);
    expect(running.output()).toContain(`Runnerwatch refused (409): refused as ${outcome}`);
  });

  it.each([
    ['RUNNER_EPHEMERAL', undefined, true],
    ['RUNNER_DEREGISTER', undefined, true],
    ['RUNNER_DEREGISTER', '', true],
    ['RUNNER_EPHEMERAL', 'false', false],
    ['RUNNER_LABELS', undefined, false],
    ['RUNNER_LABELS', 'true', true],
  ])('keeps its programs where every start registers: %s, RUNNER_DISABLE_UPDATE=%s', async (variable, value, keeps) => {
    await using broker = await createFakeBroker(token, granted({ kind: 'remove', removed: true }));
    const update = value === undefined ? {} : { RUNNER_DISABLE_UPDATE: value };
    await using _ = await start(broker.url, { [variable]: 'true', ...update });
    expect(runner.read('config.calls').includes('--disableupdate')).toBe(keeps);
  });

  it('asks for nothing more, and stays up to say so, where its programs are not its image’s', async () => {
    await using broker = await createFakeBroker(refused(409, 'programs-changed'));
    await using running = await start(broker.url, {}, /docker compose up -d --force-recreate SERVICE/);
    expect(runner.read('.runnerwatch/reason')).toBe('programs-changed\n');
    expect(running.output()).toContain('refused as programs-changed');
    expect(await running.stop()).toBe(0);
    expect([broker.kinds(), runner.read('run.env')]).toEqual([['registration'], '']);
  });

  it('ends there where RUNNER_EXIT_ON_FAILURE says so', async () => {
    await using broker = await createFakeBroker(refused(409, 'programs-changed'));
    const env = { RUNNER_EXIT_ON_FAILURE: 'true' };
    await using running = await start(broker.url, env, /no start of this container can register/);
    expect(await running.exited).toBe(1);
  });

  it('tells while it is not registered', async () => {
    await using broker = await createFakeBroker(refused(502, 'github-failed'));
    await using _ = await start(broker.url, { RUNNER_RETRY_SECONDS: '5' }, /trying again/);
    expect(runner.read('.runnerwatch/reason')).toBe('not-registered\n');
  });

  it('tells while it waits for Runnerwatch, registered as it is', async () => {
    runner.write('.runner', 'of an earlier start');
    await using broker = await createFakeBroker(refused(503, 'failed'));
    await using _ = await start(broker.url, { RUNNER_RETRY_SECONDS: '5' }, /waiting for Runnerwatch/);
    expect(runner.read('.runnerwatch/reason')).toBe('waiting\n');
  });

  it('leaves by Runnerwatch, which removes this runner only', async () => {
    await using broker = await createFakeBroker(token, granted({ kind: 'remove', removed: true }));
    await using running = await start(broker.url, { RUNNER_DEREGISTER: 'true' });
    expect(await running.stop()).toBe(0);
    expect(broker.kinds()).toEqual(['registration', 'remove']);
    expect(runner.lines('config.calls')).toHaveLength(1);
    expect(running.output()).not.toContain('GitHub still lists');
    expect(runner.lines('.runner')).toEqual([]);
  });

  it('asks again while GitHub still sees the job, and says so where that does not end', async () => {
    await using broker = await createFakeBroker(token, refused(409, 'busy'));
    await using running = await start(broker.url, { RUNNER_DEREGISTER: 'true' });
    expect(await running.stop()).toBe(0);
    expect(broker.kinds()).toEqual(['registration', 'remove', 'remove', 'remove']);
    expect(running.output()).toContain('GitHub still lists');
  });

  it('prefers a token of its own, as before there was a broker', async () => {
    await using broker = await createFakeBroker(token);
    await using running = await start(broker.url, { GITHUB_TOKEN: 'ghp_own' }, /trying again/);
    expect(running.output()).toContain('WARNING: a GitHub token');
    expect(broker.asked).toEqual([]);
  });
});

describe('just in time', () => {
  const jit = granted({ kind: 'jit', encoded_jit_config: 'YWppdGNvbmZpZw==' });

  it('runs with a configuration for one job, which is no argument, and then ends', async () => {
    runner.write('.runner', 'of an earlier start');
    await using broker = await createFakeBroker(jit);
    await using running = await start(broker.url, { RUNNER_JIT: 'true' });
    expect(broker.asked).toMatchObject([{ body: { kind: 'jit', scope: 'octo/homelab', work: '_work' } }]);
    expect(runner.lines('run.env')).toContain('ACTIONS_RUNNER_INPUT_JITCONFIG=YWppdGNvbmZpZw==');
    expect(runner.lines('config.calls')).toEqual([]);
    runner.write('run.end', '0');
    expect(await running.exited).toBe(0);
  });

  it('leaves GitHub when it is stopped without a job', async () => {
    await using broker = await createFakeBroker(jit, granted({ kind: 'remove', removed: true }));
    await using running = await start(broker.url, { RUNNER_JIT: 'true' });
    expect(await running.stop()).toBe(0);
    expect(broker.kinds()).toEqual(['jit', 'remove']);
    expect(running.output()).not.toContain('GitHub still lists');
  });

  it('needs the broker', async () => {
    await using running = await start('', { RUNNER_JIT: 'true' }, /RUNNER_JIT needs RUNNER_BROKER_URL/);
    expect(await running.exited).toBe(1);
  });
});
