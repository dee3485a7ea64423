import { createServer as createTcpServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGithubEmulator, type GithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

/** A socket that takes a connection and never says a word. */
async function hungSocket(path: string): Promise<Server> {
  const server = createTcpServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}

const quick = { interval: '1s', timeout: '500ms' };

/** Of eleven times, in milliseconds. */
async function shortest(scrape: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < 11; count++) {
    const start = performance.now();
    await scrape();
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

/** Every fault of a source: its collector says 0, and the scrape is not late. */
describe('a source that fails', () => {
  let github: GithubEmulator;

  beforeEach(async () => {
    github = await createGithubEmulator();
  });
  afterEach(async () => {
    await github[Symbol.asyncDispose]();
  });

  function settings(further: object) {
    return {
      docker: { host: 'unix:///nonexistent/docker.sock' },
      github: { api_url: github.url, token: TEST_TOKEN, repositories: ['octo/homelab'] },
      collectors: { 'github-runners': quick, containers: quick, 'container-health': quick },
      ...further,
    };
  }

  /**
   * Waits until the collector has failed, then takes eleven scrapes: the shortest of their times, in milliseconds. A
   * scrape that waits for the source does so each time; one that is late now and then waits for this machine.
   */
  async function scrapeTime(options: object, collector: string): Promise<number> {
    await using server = await startServer({ settings: settings(options) });
    const series = `runnerwatch_collector_success{collector="${collector}"}`;
    let last = '';
    const failed = async () => {
      last = await server.metrics();
      return seriesValue(last, series) === 0;
    };
    await waitUntil(failed, { timeoutMs: 10_000, what: () => `${series} 0 in\n${last}` });
    return await shortest(async () => expect(seriesValue(await server.metrics(), series)).toBe(0));
  }

  it('a hung Docker socket', async () => {
    using folder = temporaryFolder();
    const path = `${folder.path}/docker.sock`;
    const socket = await hungSocket(path);
    const docker = { host: `unix://${path}` };
    expect(await scrapeTime({ docker }, 'container-health')).toBeLessThan(100);
    expect(await scrapeTime({ docker }, 'containers')).toBeLessThan(100);
    socket.close();
  });

  it.each([
    ['GitHub answers 500', { status: 500, body: { message: 'Server Error' } }],
    ['GitHub answers malformed JSON', { status: 200, body: '{"total_count": 1, "runners": [' }],
    ['GitHub answers HTML', { status: 200, body: '<html>maintenance</html>' }],
    ['GitHub hangs', { hang: true }],
    ['GitHub resets the connection', { reset: true }],
  ])('%s', async (_, fault) => {
    github.fail({ match: /runners/, times: 1000, ...fault });
    expect(await scrapeTime({}, 'github-runners')).toBeLessThan(100);
  });

  it('GitHub cannot be reached', async () => {
    const unreachable = { api_url: 'http://127.0.0.1:1', token: TEST_TOKEN, repositories: ['octo/homelab'] };
    expect(await scrapeTime({ github: unreachable }, 'github-runners')).toBeLessThan(100);
  });
});

it.skipIf(needs('ping'))('a private host that cannot be reached fails its probe, and delays no scrape', async () => {
  const targets = [
    { name: 'gone', address: '240.0.0.1', modules: ['icmp', 'ssh'] },
    { name: 'here', address: '127.0.0.1', modules: ['icmp'] },
  ];
  await using server = await startServer({ settings: { targets, docker: { host: 'unix:///nonexistent' } } });
  const success = (target: string, address: string) =>
    `probe_success{target="${target}",address="${address}",module="icmp"}`;
  let last = '';
  const probed = async () => {
    last = await server.metrics();
    return (
      seriesValue(last, success('gone', '240.0.0.1')) === 0 && seriesValue(last, success('here', '127.0.0.1')) === 1
    );
  };
  await waitUntil(probed, { timeoutMs: 15_000, what: () => last });
  expect(await shortest(() => server.metrics())).toBeLessThan(100);
});
