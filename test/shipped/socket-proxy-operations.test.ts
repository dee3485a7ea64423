import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/services.ts';
import { startFakeEngine } from './fake-engine.ts';
import { type SocketProxy, startSocketProxy } from './socket-proxy.ts';
import { readShipped } from './tools.ts';

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly string[];
}

/** As Docker's own description of its API lists them. */
const operations = readShipped('test/fixtures/docker-api/operations-1.51.txt')
  .split('\n')
  .filter((line) => /^[A-Z]/.test(line))
  .map((line): Operation => {
    const [method = '', path = '', ...parameters] = line.split(' ');
    return { method, path, parameters };
  });

const id = '0123456789abcdef'.repeat(4);
const filters = '%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22%3A%5B%22die%22%5D%7D';

/** For each parameter what Runnerwatch would say, so that what is refused is not refused for a strange value. */
const values: Readonly<Record<string, string>> = {
  all: 'true',
  size: 'true',
  stream: 'false',
  'one-shot': 'true',
  ps_args: '-eo%20pid%2Cargs',
  t: '10',
  since: '1795625327.989',
  filters,
};

/** What it has Docker remove. */
const until = '%22until%22%3A%5B%2224h%22%5D%7D';
const prunes: Readonly<Record<string, string>> = {
  '/containers/prune': `%7B%22label%22%3A%5B%22runnerwatch.job-of%3Dhomelab-1%22%5D%2C${until}`,
  '/images/prune': `%7B%22dangling%22%3A%5B%22true%22%5D%2C${until}`,
  '/build/prune': `%7B${until}`,
};

/** No parameter, each alone, and all of them. */
function queries(path: string, parameters: readonly string[]): readonly string[] {
  const given = (name: string): string => (name === 'filters' ? prunes[path] : undefined) ?? values[name] ?? '1';
  const pairs = parameters.map((name) => `${name}=${given(name)}`);
  return [...new Set(['', ...pairs, pairs.join('&')])].map((query) => (query === '' ? '' : `?${query}`));
}

function callsOf({ method, path, parameters }: Operation, names: readonly string[]): readonly string[] {
  const paths = path.includes('{') ? names.map((name) => path.replace(/\{\w+\}/, name)) : [path];
  const versions = ['', '/v1.51'];
  return versions.flatMap((version) =>
    paths.flatMap((filled) => queries(path, parameters).map((query) => `${method} ${version}${filled}${query}`)),
  );
}

describe.skipIf(needs('docker') || needs('compose'))(
  'docker-socket-proxy and every operation of the Docker API',
  () => {
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

    it('knows them all', () => {
      expect(operations).toHaveLength(107);
      expect(new Set(operations.map(({ method }) => method))).toEqual(
        new Set(['GET', 'POST', 'HEAD', 'PUT', 'DELETE']),
      );
    });

    it('answers 403 to all but those that Runnerwatch needs, and hands on no other', async () => {
      const { runner } = proxy;
      const calls = operations.flatMap((operation) => callsOf(operation, [runner, 'home-assistant', id]));
      engine.takeAsked();
      const statuses = new Map<string, number>();
      for (const call of calls) statuses.set(call, await proxy.ask(call));
      const passed = [...statuses].flatMap(([call, status]) => (status === 403 ? [] : [call]));
      expect(passed).toEqual([
        'GET /containers/json?all=true',
        `GET /containers/${id}/json`,
        `GET /containers/${runner}/top?ps_args=-eo%20pid%2Cargs`,
        `GET /containers/${runner}/changes`,
        `GET /containers/${id}/stats?stream=false&one-shot=true`,
        `POST /containers/${runner}/start`,
        `POST /containers/${runner}/stop`,
        `POST /containers/${runner}/stop?t=10`,
        `POST /containers/${runner}/restart`,
        `POST /containers/${runner}/restart?t=10`,
        `POST /containers/prune?filters=${prunes['/containers/prune']}`,
        'GET /info',
        'GET /version',
        'GET /_ping',
        `GET /events?filters=${filters}`,
        'GET /system/df',
      ]);
      expect(passed.map((call) => statuses.get(call))).toEqual(passed.map(() => 200));
      expect(engine.takeAsked()).toEqual(passed.filter((call) => call !== 'GET /_ping'));
      expect(calls.length).toBeGreaterThan(1000);
    }, 240_000);
  },
);
