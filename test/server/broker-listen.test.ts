import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { seriesValue, startServer } from '../support/server.ts';
import { freePort } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

/** All of the loopback is this machine's; who asks for any of it comes from 127.0.0.1. */
const ofRunners = '127.0.0.2';

async function start() {
  const port = await freePort();
  const settings = { listen: '0.0.0.0:0', broker: { listen: `${ofRunners}:${port}` } };
  const server = await startServer({ settings });
  const main = Number(new URL(server.url).port);
  const denied = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${main}/metrics`)).text();
    const value = (reason: string) =>
      seriesValue(metrics, `runnerwatch_runner_access_denied_total{reason="${reason}"}`);
    return { port: value('port'), path: value('path'), forwarded: value('forwarded') };
  };
  return { ...server, port, main, settings, denied };
}

interface Asked {
  readonly to?: string;
  readonly port: number;
  readonly path: string;
  readonly method?: string;
  readonly from?: string;
}

/** The status of the answer, or the code of the error. */
function ask({ to = ofRunners, port, path, method = 'GET', from }: Asked): Promise<number | string | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | string | undefined>();
  const local = from === undefined ? {} : { localAddress: from };
  const sent = request({ hostname: to, port, path, method, agent: false, ...local }, (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  sent.end();
  return promise;
}

const token = { path: '/api/v1/runner-token', method: 'POST' };

it('serves runners at their own address alone, and nothing else there', async () => {
  await using server = await start();
  const { main, port } = server;
  // Without broker.keys_dir nobody is given anything.
  expect(await ask({ ...token, port })).toBe(403);
  expect(await ask({ ...token, to: '127.0.0.1', port: main })).toBe(404);
  expect(await ask({ ...token, path: '/api/v1/runner-job', to: '127.0.0.1', port: main })).toBe(404);
  for (const path of ['/', '/metrics', '/-/healthy', '/api/v1/runners']) expect(await ask({ path, port })).toBe(404);
  expect(await server.denied()).toEqual({ port: 0, path: 4, forwarded: 0 });
});

it("cuts off who reaches the main port by the runners' address, but for itself", async () => {
  await using server = await start();
  const { main } = server;
  for (const path of ['/metrics', '/probe?target=x', '/']) expect(await ask({ path, port: main })).toBe('ECONNRESET');
  expect(await ask({ path: '/-/healthy', port: main, from: ofRunners })).toBe(200);
  expect(await ask({ path: '/-/healthy', to: '127.0.0.1', port: main })).toBe(200);
  expect(await server.denied()).toEqual({ port: 3, path: 0, forwarded: 0 });
  const log = () => readFileSync(join(server.folder, 'data/audit/audit.jsonl'), 'utf8');
  const told = () =>
    log()
      .split('\n')
      .filter((line) => line.includes('"runner-access-denied"'));
  await waitUntil(() => told().length === 3, { timeoutMs: 10_000, what: log });
  expect(JSON.parse(told()[0] ?? '').labels).toEqual({ address: '127.0.0.1', reason: 'port' });
});

it('keeps its addresses over a reload, as listen is kept', async () => {
  await using server = await start();
  server.configure({ ...server.settings, broker: {} });
  expect(await server.reload()).toEqual({ ok: true });
  expect(await ask({ ...token, port: server.port })).toBe(403);
  expect(await ask({ path: '/metrics', port: server.main })).toBe('ECONNRESET');
});

it('serves runners at the main address where they have none of their own', async () => {
  await using server = await startServer({ settings: { listen: '0.0.0.0:0' } });
  const port = Number(new URL(server.url).port);
  expect(await ask({ ...token, port })).toBe(403);
  expect(await ask({ path: '/-/healthy', port })).toBe(200);
});

it('says which key names an address that it cannot have', async () => {
  const settings = { broker: { listen: '192.0.2.1:9479' } };
  const message = 'cannot listen on 192.0.2.1:9479: this machine does not have that address';
  await expect(startServer({ settings })).rejects.toThrow(message);
  await using first = await start();
  const taken = startServer({ settings: { broker: first.settings.broker } });
  await expect(taken).rejects.toThrow('choose another address with broker.listen or RUNNERWATCH_BROKER_LISTEN');
});
