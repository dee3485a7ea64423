import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createDockerSource } from '../../src/sources/docker/create.ts';
import { docker } from '../support/docker-cli.ts';
import { needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';
import { startFakeEngine } from './fake-engine.ts';
import { type SocketProxy, startSocketProxy } from './socket-proxy.ts';

const id = '0123456789abcdef'.repeat(4);

/** RUNNER stands for the name of a runner's container, ID for the id of any. */
const allowed = [
  'GET /_ping',
  'GET /version',
  'GET /containers/json?all=true',
  'GET /containers/ID/json',
  'GET /containers/RUNNER/changes',
  'POST /containers/RUNNER/start',
  'POST /containers/RUNNER/stop',
  'POST /containers/RUNNER/stop?t=0',
  'POST /containers/RUNNER/restart',
  'POST /containers/RUNNER/restart?t=9999',
  'POST /containers/prune?filters=%7B%22label%22%3A%5B%22runnerwatch.job-of%3Dhomelab-1%22%5D%2C%22until%22%3A%5B%2224h%22%5D%7D',
];

const forbidden = [
  // Another container than a runner, or one that only an id tells.
  'POST /containers/home-assistant/restart',
  'POST /containers/xRUNNER/restart',
  'POST /containers/RUNNERx/restart',
  'POST /containers/RUNNER-old/stop',
  'POST /containers/ID/restart?t=10',
  'POST /containers/ID/stop',
  'POST /containers/ID/start',
  'GET /containers/ID/top?ps_args=-eo%20pid%2Cargs',
  'GET /containers/ID/changes',
  'GET /containers/0123abcd/json',
  'GET /containers/RUNNER/json',
  // What starts, changes or ends something.
  'POST /containers/create?name=RUNNER',
  'POST /containers/RUNNER/exec',
  'POST /containers/RUNNER/kill',
  'POST /containers/RUNNER/update',
  'POST /containers/RUNNER/rename?name=x',
  'DELETE /containers/RUNNER',
  'PUT /containers/RUNNER/archive?path=/',
  'POST /system/prune',
  // What others made, or all of it, or what is in use perhaps.
  'POST /volumes/prune',
  'POST /networks/prune',
  'POST /containers/prune',
  'POST /containers/prune?filters=%7B%22until%22%3A%5B%2224h%22%5D%7D',
  'POST /containers/prune?filters=%7B%22label%22%3A%5B%22runnerwatch.job-of%3Dhomelab-1%22%5D%7D',
  'POST /containers/prune?filters=%7B%22label%22%3A%5B%22runnerwatch.job-of%22%5D%2C%22until%22%3A%5B%2224h%22%5D%7D',
  'POST /containers/prune?filters=%7B%22label%22%3A%5B%22runnerwatch.job-of%3Da%22%5D%2C%22until%22%3A%5B%220h%22%5D%7D',
  'POST /containers/prune?filters=%7B%22label%22%3A%5B%22runnerwatch.job-of%3Da%22%5D%2C%22until%22%3A%5B%2224h%22%5D%7D&filters=%7B%7D',
  'POST /containers/prune?filters=%7B%22label%22%3A%5B%22runnerwatch.job-of%3Da%22%2C%22x%22%5D%2C%22until%22%3A%5B%2224h%22%5D%7D',
  // Only where DOCKER_PRUNE says so.
  'POST /images/prune?filters=%7B%22dangling%22%3A%5B%22true%22%5D%2C%22until%22%3A%5B%2224h%22%5D%7D',
  'POST /build/prune?filters=%7B%22until%22%3A%5B%2224h%22%5D%7D',
  'POST /grpc',
  // What tells more than Runnerwatch needs.
  'GET /containers/RUNNER/logs?stdout=1',
  'GET /containers/RUNNER/archive?path=/etc/shadow',
  'GET /containers/RUNNER/export',
  'GET /containers/RUNNER/top',
  'GET /containers/RUNNER/top?ps_args=-eo%20pid%2Cargs%20e',
  'GET /containers/RUNNER/top?ps_args=e&ps_args=-eo%20pid%2Cargs',
  'GET /events',
  'GET /events?filters=%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22%3A%5B%22exec_create%22%5D%7D',
  'GET /events?filters=%7B%22type%22%3A%5B%22secret%22%5D%2C%22event%22%3A%5B%22create%22%5D%7D',
  'GET /metrics',
  'GET /debug/pprof/',
  'GET /',
  // A parameter more, or another value.
  'POST /containers/RUNNER/restart?signal=KILL',
  'POST /containers/RUNNER/restart?t=10&signal=KILL',
  'POST /containers/RUNNER/stop?signal=SIGKILL&t=10',
  'POST /containers/RUNNER/restart?t=',
  'POST /containers/RUNNER/restart?t=-1',
  'POST /containers/RUNNER/restart?t=12345',
  'POST /containers/RUNNER/restart?t=1%31',
  'POST /containers/RUNNER/restart?',
  'POST /containers/RUNNER/restart?T=10',
  'POST /containers/RUNNER/start?t=10',
  'POST /containers/RUNNER/start?detachKeys=x',
  'GET /containers/json',
  'GET /containers/json?all=1',
  'GET /containers/json?all=true&filters=%7B%7D',
  'GET /containers/json?size=true&all=true',
  'GET /containers/ID/json?size=1',
  'GET /containers/ID/stats?stream=true',
  'GET /containers/ID/stats',
  'GET /info?x',
  'GET /system/df?type=volume',
  // An allowed path by another method, an allowed method on another path.
  'POST /containers/json?all=true',
  'POST /containers/ID/json',
  'DELETE /containers/ID/json',
  'PUT /containers/RUNNER/restart',
  'GET /containers/RUNNER/restart',
  'HEAD /_ping',
  'HEAD /info',
  'OPTIONS /info',
  'PATCH /info',
  'TRACE /info',
  'BREW /info',
  // Other versions of the API.
  'GET /v1.51/info',
  'GET /v1.24/version',
  'POST /v1.51/containers/RUNNER/restart?t=10',
  'GET /v1/info',
  'GET /v1.51/v1.51/info',
  // Disguises.
  'POST /containers/RUNNER/restart/../../create',
  'POST /containers/RUNNER/../create/restart',
  'POST /containers/../containers/RUNNER/restart',
  'POST /containers/create/RUNNER/restart',
  'POST /containers/create#/RUNNER/restart',
  'POST /containers/RUNNER/restart#',
  'POST /containers/create%2frestart',
  'POST /containers/RUNNER%2frestart',
  'POST /containers/RUNNER%00/restart',
  'POST /containers/RUNNER%0d%0a/restart',
  'POST /containers/create?x=/containers/RUNNER/restart',
  'POST /containers/%2e%2e/restart',
  'POST /containers/RUNNER/RESTART',
  'POST /Containers/RUNNER/restart',
  'POST /containers/RUNNER/restart;x',
  'POST /containers/RUNNER/restart/',
  'POST /containers//RUNNER/restart',
  'POST //containers/RUNNER/restart',
  'POST /./containers/RUNNER/restart',
  'POST \\containers\\RUNNER\\restart',
  'GET /v1.51/../info',
  'GET /containers/ID/json/../../../secrets',
  'GET /containers/ID/..%2f../secrets',
  'GET /containers/%2E%2E%2Fsecrets/json',
  'GET //info',
  'GET /info/',
  'GET /INFO',
  'GET /%69nfo',
  'GET /infox',
  'GET http://docker/info',
  'GET http://docker@docker/info',
  'GET *',
  'GET info',
  `GET /${'x'.repeat(8000)}`,
  `POST /containers/RUNNER/restart?t=10&${'x'.repeat(8000)}`,
  `POST /containers/RUNNER${'1'.repeat(200)}/restart`,
];

describe.skipIf(needs('docker') || needs('compose'))('docker-socket-proxy', () => {
  let engine: Awaited<ReturnType<typeof startFakeEngine>>;
  let proxy: SocketProxy;
  beforeAll(async () => {
    engine = await startFakeEngine();
    proxy = await startSocketProxy(engine.socket);
  }, 120_000);
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  }, 60_000);
  beforeEach(() => void engine.takeAsked());

  const filled = (call: string): string => call.replace('RUNNER', proxy.runner).replace('ID', id);

  it.each(allowed)('lets through: %s', async (call) => {
    expect(await proxy.ask(filled(call))).toBe(200);
    expect(engine.takeAsked()).toEqual(call === 'GET /_ping' ? [] : [filled(call)]);
  });

  it.each(forbidden.map((call) => [call.slice(0, 100), call]))('refuses: %s', async (_, call) => {
    const [status] = await proxy.send(`${filled(call)} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n`);
    expect(engine.takeAsked()).toEqual([]);
    // 400 is HAProxy's own for what is no request at all.
    expect([400, 403]).toContain(status);
  });

  it('lets through every call of the Docker source, and it makes no other', async () => {
    const docker = createDockerSource({ host: proxy.url, clock: systemClock, log: silentLog });
    const calls = Object.keys(docker).filter((name) => !['host', 'available', 'close', 'watch'].includes(name));
    // A new one is to be tried here, too.
    expect(calls).toHaveLength(14);
    const stop = new AbortController();
    const watching = docker.watch(
      () => undefined,
      (connected) => connected && stop.abort(),
      stop.signal,
    );
    await watching;
    const [watched] = engine.takeAsked();
    expect(await proxy.ask(`${watched}&since=1795625327.989`)).toBe(200);
    engine.takeAsked();
    const { signal } = new AbortController();
    // The engine's answers are not as documented: that the source complains of them shows that they arrived.
    const refusals = await Promise.all(
      [
        docker.list(signal),
        docker.inspect(id, signal),
        docker.stats(id, signal),
        docker.changes(proxy.runner, signal),
        docker.top(proxy.runner, signal),
        docker.start(proxy.runner, signal),
        docker.restart(proxy.runner, 90, signal),
        docker.stop(proxy.runner, 90, signal),
        docker.prune({ what: 'job-containers', runner: 'homelab-1', hours: 24 }, signal),
        docker.ping(signal),
        docker.version(signal),
        docker.hostInfo(signal),
        docker.diskUse(signal),
        docker.sizes(signal),
      ].map((call) => call.then(() => '', String)),
    );
    docker.close();
    expect(refusals.filter((text) => text.includes('403'))).toEqual([]);
    expect(engine.takeAsked().toSorted()).toEqual([
      `GET /containers/${id}/json`,
      `GET /containers/${id}/stats?stream=false&one-shot=true`,
      'GET /containers/json?all=true',
      'GET /containers/json?all=true&size=true',
      `GET /containers/${proxy.runner}/changes`,
      `GET /containers/${proxy.runner}/top?ps_args=-eo%20pid%2Cargs`,
      'GET /info',
      'GET /system/df',
      'GET /version',
      'POST /containers/prune?filters=%7B%22label%22%3A%5B%22runnerwatch.job-of%3Dhomelab-1%22%5D%2C%22until%22%3A%5B%2224h%22%5D%7D',
      `POST /containers/${proxy.runner}/restart?t=90`,
      `POST /containers/${proxy.runner}/start`,
      `POST /containers/${proxy.runner}/stop?t=90`,
    ]);
  });

  it.each([
    ['a body', {}, '{"HostConfig":{"Binds":["/:/host"]}}'],
    ['chunks', { 'Transfer-Encoding': 'chunked' }, 'x'],
    ['another protocol', { Connection: 'Upgrade', Upgrade: 'tcp' }, ''],
    [
      'another HTTP',
      { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' },
      '',
    ],
  ])('refuses %s', async (_, headers, body) => {
    expect(await proxy.ask(filled('POST /containers/RUNNER/start'), headers, body)).toBe(403);
    expect(engine.takeAsked()).toEqual([]);
  });

  const create = 'POST /containers/create HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\n\r\n';
  const restart = 'POST /containers/RUNNER/restart HTTP/1.1\r\nHost: docker\r\n';
  const bytes: readonly (readonly [string, string])[] = [
    ['two lengths', `${restart}Content-Length: 0\r\nContent-Length: ${create.length}\r\n\r\n${create}`],
    ['a length and chunks', `${restart}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${create}`],
    ['chunks said oddly', `${restart}Content-Length: 0\r\nTransfer-Encoding: xchunked\r\n\r\n${create}`],
    ['chunks behind a space', `${restart}Content-Length: 0\r\nTransfer-Encoding : chunked\r\n\r\n${create}`],
    ['chunks on a folded line', `${restart}Content-Length: 0\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n${create}`],
    ['a length with a sign', `${restart}Content-Length: +0\r\n\r\n${create}`],
    ['a negative length', `${restart}Content-Length: -1\r\n\r\n${create}`],
    ['a body that is a request', `${restart}Content-Length: ${create.length}\r\n\r\n${create}`],
    ['a next request', `${restart}\r\n${create}`],
    ['a zero byte', `POST /containers/create\0/restart HTTP/1.1\r\nHost: docker\r\n\r\n${create}`],
    ['a carriage return in the target', `POST /containers/create\r/restart HTTP/1.1\r\nHost: docker\r\n\r\n${create}`],
    ['no version', 'POST /containers/create\r\n\r\n'],
    ['a tunnel', `CONNECT docker:2375 HTTP/1.1\r\nHost: docker\r\n\r\n${create}`],
    ['HTTP/2 at once', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
    ['a head without end', `${restart}${'X-Header: x\r\n'.repeat(4000)}\r\n${create}`],
  ];
  it.each(bytes)('takes no other request in the shadow of an allowed one: %s', async (_, text) => {
    const statuses = await proxy.send(filled(text));
    const passed = engine.takeAsked();
    // What is told twice is refused, or it was the harmless one.
    expect(passed.filter((call) => call !== filled('POST /containers/RUNNER/restart'))).toEqual([]);
    expect(statuses.filter((status) => status === 200)).toHaveLength(passed.length);
  });

  it('passes on events as they come, keeps the stream open, and ends it with its reader', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    let text = '';
    const reader = proxy.connect().setEncoding('utf8');
    const source = createDockerSource({ host: proxy.url, clock: systemClock, log: silentLog });
    const stop = new AbortController();
    await source.watch(
      () => undefined,
      (connected) => connected && stop.abort(),
      stop.signal,
    );
    source.close();
    const [watched] = engine.takeAsked();
    reader.write(`${watched} HTTP/1.1\r\nHost: docker\r\n\r\n`);
    reader.on('data', (part: string) => {
      text += part;
      if (text.includes('first')) resolve(text);
    });
    expect(await promise).toContain('{"first":true}');
    // Those that were asked for before have lost their readers.
    const left = (count: number) =>
      waitUntil(() => engine.streams() === count, { timeoutMs: 20_000, what: () => `${engine.streams()} streams` });
    await left(1);
    expect(reader.readableEnded).toBe(false);
    reader.destroy();
    await once(reader, 'close');
    await left(0);
  });

  it('logs what it refused, and nothing else', async () => {
    const since = async () => {
      const lines = (await proxy.logs()).split('\n');
      const mark = lines.findIndex((line) => line.endsWith(' GET /mark'));
      return mark < 0 ? undefined : lines.slice(mark + 1);
    };
    // Docker hands on what the log says a moment later: what was refused before this stands before it.
    await proxy.ask('GET /mark');
    await waitUntil(async () => (await since()) !== undefined, { timeoutMs: 10_000, what: () => 'no mark' });
    await proxy.ask('GET /version');
    await proxy.ask('POST /containers/create?name=x');
    await proxy.ask('GET /secrets');
    await waitUntil(async () => ((await since())?.length ?? 0) > 1, { timeoutMs: 10_000, what: () => 'no two lines' });
    expect((await since())?.toSorted()).toEqual([
      expect.stringMatching(/^403 PR [\d.]+ GET \/secrets$/),
      expect.stringMatching(/^403 PR [\d.]+ POST \/containers\/create\?name=x$/),
    ]);
  });

  it('can do nothing but this: no capability, no new privilege, no writable file', async () => {
    const status = await docker('exec', proxy.container, 'cat', '/proc/1/status');
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^CapBnd:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    await expect(docker('exec', proxy.container, 'touch', '/x')).rejects.toThrow('Read-only file system');
  });
});

describe.skipIf(needs('docker') || needs('compose'))('DOCKER_PRUNE', () => {
  const { signal } = new AbortController();

  it('says what Docker may be asked to remove, and never in other words', async () => {
    await using engine = await startFakeEngine();
    await using proxy = await startSocketProxy(engine.socket, 'DOCKER_PRUNE=images|build|volumes');
    const docker = createDockerSource({ host: proxy.url, clock: systemClock, log: silentLog });
    engine.takeAsked();
    expect(await docker.prune({ what: 'images', hours: 24 }, signal)).toBe(0);
    expect(await docker.prune({ what: 'build-cache', hours: 9999 }, signal)).toBe(0);
    const jobs = { what: 'job-containers', runner: 'a', hours: 1 } as const;
    await expect(docker.prune(jobs, signal)).rejects.toThrow('with 403');
    docker.close();
    const others = ['images/prune', 'build/prune?all=true', 'volumes/prune', 'images/prune?filters=%7B%7D'];
    expect(await Promise.all(others.map((path) => proxy.ask(`POST /${path}`)))).toEqual([403, 403, 403, 403]);
    expect(engine.takeAsked()).toEqual([
      'POST /images/prune?filters=%7B%22dangling%22%3A%5B%22true%22%5D%2C%22until%22%3A%5B%2224h%22%5D%7D',
      'POST /build/prune?filters=%7B%22until%22%3A%5B%229999h%22%5D%7D',
    ]);
  }, 120_000);
});

describe.skipIf(needs('docker') || needs('compose'))('RUNNER_CONTAINER_PATTERN', () => {
  it('names the runners, and never more than a name', async () => {
    await using engine = await startFakeEngine();
    await using proxy = await startSocketProxy(engine.socket, 'RUNNER_CONTAINER_PATTERN=ci-.*');
    const restart = (name: string) => proxy.ask(`POST /containers/${name}/restart`);
    expect(await Promise.all(['ci-a', 'ci-b', proxy.runner, 'ci-a/../b', 'ci-a%2f'].map(restart))).toEqual([
      ...[200, 200],
      ...[403, 403, 403],
    ]);
  }, 120_000);
});
