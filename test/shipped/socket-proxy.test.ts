import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker } from '../support/docker-cli.ts';
import { needs } from '../support/services.ts';
import { startFakeEngine } from './fake-engine.ts';
import { tool } from './tools.ts';

const project = `runnerwatch-proxy-${randomBytes(3).toString('hex')}`;
const files = ['-f', 'compose/compose.yaml', '--project-name', project];

const allowed = [
  'GET /_ping',
  'HEAD /_ping',
  'GET /version',
  'GET /info',
  'GET /v1.47/info',
  'GET /containers/json?all=1&filters=%7B%22label%22%3A%5B%22a%22%5D%7D',
  'GET /v1.51/containers/json',
  'GET /containers/json?all=true&size=true',
  'GET /system/df',
  'GET /v1.51/system/df?type=volume',
  'GET /containers/0123abcd/json',
  'GET /v1.51/containers/runnerwatch-github-runner-1/json?size=1',
  'GET /containers/a_b.c-1/stats?stream=false&one-shot=true',
  'GET /v1.51/containers/abc/top?ps_args=-eo%20args',
  'POST /containers/abc/restart?t=90',
  'POST /v1.51/containers/abc/restart',
];

const forbidden = [
  // What starts, changes or ends something.
  'POST /containers/create',
  'POST /v1.51/containers/create?name=x',
  'POST /containers/abc/exec',
  'POST /exec/abc/start',
  'POST /containers/abc/start',
  'POST /containers/abc/stop',
  'POST /containers/abc/kill',
  'POST /containers/abc/pause',
  'POST /containers/abc/update',
  'POST /containers/abc/rename?name=x',
  'POST /containers/abc/attach',
  'POST /containers/prune',
  'DELETE /containers/abc',
  'PUT /containers/abc/archive?path=/',
  'POST /build',
  'POST /images/create?fromImage=x',
  'DELETE /images/x',
  'POST /volumes/create',
  'POST /networks/create',
  'POST /swarm/init',
  'POST /services/create',
  'POST /plugins/pull',
  'POST /commit',
  'POST /auth',
  'POST /session',
  'POST /grpc',
  // What tells more than Runnerwatch needs.
  'GET /containers/abc/logs?stdout=1',
  'GET /containers/abc/archive?path=/etc/shadow',
  'GET /containers/abc/export',
  'GET /containers/abc/attach/ws',
  'GET /images/json',
  'GET /images/x/get',
  'GET /volumes',
  'GET /networks',
  'GET /secrets',
  'GET /configs',
  'GET /swarm',
  'GET /nodes',
  'GET /tasks',
  'GET /plugins',
  'GET /system/df/images',
  'POST /system/df',
  'POST /system/prune',
  'GET /system',
  'GET /distribution/x/json',
  'GET /',
  // An allowed path by another method, an allowed method on another path.
  'POST /containers/json',
  'POST /containers/abc/json',
  'DELETE /containers/abc/json',
  'PUT /containers/abc/restart',
  'GET /containers/abc/restart',
  'HEAD /info',
  'HEAD /containers/json',
  'OPTIONS /info',
  'PATCH /info',
  // Disguises.
  'POST /containers/abc/restart/../../create',
  'POST /containers/abc/../create/restart',
  'POST /containers/../containers/restart',
  'POST /containers/create#/restart',
  'POST /containers/create%2frestart',
  'POST /containers/create%23/restart',
  'POST /containers/create?x=/containers/abc/restart',
  'POST /containers/%2e%2e/restart',
  'GET /containers/abc/json/../../../secrets',
  'GET /containers/..%2fsecrets/json',
  'GET /containers/../secrets/json',
  'GET //containers/json',
  'GET /containers//json',
  'GET /containers/json/',
  'GET /./info',
  'GET /x/info',
  'GET /v1.51/v1.51/info',
  'GET /v1/info',
  'GET /v1.51x/info',
  'GET /INFO',
  'GET /info;x',
  'GET /%69nfo',
  'GET /infox',
];

describe.skipIf(needs('docker') || needs('compose'))('docker-socket-proxy', () => {
  let engine: Awaited<ReturnType<typeof startFakeEngine>>;
  let address: string;

  async function compose(...args: readonly string[]): Promise<void> {
    const env = [`DOCKER_SOCKET=${engine.socket}`, 'docker', 'compose', '--env-file', '/dev/null'];
    const { code, output } = await tool('env', ...env, ...files, ...args);
    if (code !== 0) throw new Error(output);
  }

  beforeAll(async () => {
    engine = await startFakeEngine();
    await compose('up', '--detach', '--wait', '--wait-timeout', '60', 'docker-socket-proxy');
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    address = await docker('inspect', '--format', format, `${project}-docker-socket-proxy-1`);
    engine.takeAsked();
  }, 120_000);
  afterAll(async () => {
    await compose('down', '--timeout', '5');
    await engine[Symbol.asyncDispose]();
  }, 60_000);

  /** The path goes out as it is written: fetch would tidy it up. */
  function ask(call: string): Promise<number> {
    const [method = '', path = ''] = call.split(' ');
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const sent = request({ host: address, port: 2375, method, path, timeout: 5000, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer'))).on('error', reject);
    sent.end();
    return promise;
  }

  it.each(allowed)('lets through: %s', async (call) => {
    expect(await ask(call)).toBe(200);
    expect(engine.takeAsked()).toEqual(call.endsWith('/_ping') ? [] : [call]);
  });

  it.each(forbidden)('refuses: %s', async (call) => {
    const status = await ask(call);
    expect(engine.takeAsked()).toEqual([]);
    expect([403, 400]).toContain(status);
  });

  it('passes events on as they come, and keeps the stream open', async () => {
    const socket = connect(2375, address);
    socket.write('GET /v1.51/events?filters=%7B%7D HTTP/1.1\r\nHost: docker\r\n\r\n');
    const { promise, resolve } = Promise.withResolvers<string>();
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes('first')) resolve(text);
    });
    expect(await promise).toContain('{"first":true}');
    expect(socket.readableEnded).toBe(false);
    socket.destroy();
  });

  it('takes no second request in the shadow of an allowed one', async () => {
    engine.takeAsked();
    const socket = connect(2375, address);
    const smuggled = 'POST /containers/create HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\n\r\n';
    const head = 'POST /containers/abc/restart HTTP/1.1\r\nHost: docker\r\nContent-Length: 4\r\n';
    socket.end(`${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`);
    for await (const _ of socket);
    expect(engine.takeAsked().filter((call) => call.includes('create'))).toEqual([]);
  });

  it('can do nothing but this: no capability, no new privilege, no writable file', async () => {
    const container = `${project}-docker-socket-proxy-1`;
    const status = await docker('exec', container, 'cat', '/proc/1/status');
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^CapBnd:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    await expect(docker('exec', container, 'touch', '/x')).rejects.toThrow('Read-only file system');
  });
});
