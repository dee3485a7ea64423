import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startGithubDay } from '../support/github-day.ts';
import { createGithubEmulator, type GithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { waitUntil } from '../support/wait.ts';

const minuteMs = 60_000;
const body = { message: 'You have exceeded a secondary rate limit.' };
const secondary = { match: '', times: 1, status: 403, headers: { 'retry-after': '1200' }, body };

/** All but what is read of GitHub is left out. */
function settingsFor(github: GithubEmulator, dataDir: string) {
  return {
    docker: { host: 'unix:///nonexistent/docker.sock' },
    data_dir: dataDir,
    rules: { enabled: false },
    github: { api_url: github.url, token: TEST_TOKEN, repositories: ['octo/homelab'] },
  };
}

type Server = Awaited<ReturnType<typeof startServer>>;

/** Until the credentials were tried, and what was read by then. */
async function held(server: Server): Promise<string> {
  const series = 'github_rate_limit_held_until_timestamp_seconds{credential="token"}';
  const isHeld = async () => seriesValue(await server.metrics(), series) !== undefined;
  await waitUntil(isHeld, { timeoutMs: 15_000, what: () => series });
  return server.metrics();
}

describe('a limit that GitHub announced', () => {
  it('holds over a reload and a restart of the server: nobody asks, and the counts go on', async () => {
    await using github = await createGithubEmulator();
    using folder = temporaryFolder();
    const settings = settingsFor(github, join(folder.path, 'data'));
    github.fail(secondary);
    {
      await using server = await startServer({ settings });
      await held(server);
      expect(github.requests()).toHaveLength(1);
      expect(await server.reload()).toEqual({ ok: true });
      expect(seriesValue(await held(server), 'github_requests_total{result="403"}')).toBe(1);
    }
    await using server = await startServer({ settings });
    await held(server);
    expect(github.requests()).toHaveLength(1);
    expect(github.requestsWhileLimited()).toEqual([]);
  }, 60_000);

  it('holds over a restart until it ends, and then all is read again', { timeout: 60_000 }, async () => {
    await using day = await startGithubDay({ repositories: ['octo/homelab'] });
    await day.pass(minuteMs);
    day.emulator.fail({ ...secondary, match: '/actions/' });
    await day.pass(2 * minuteMs);
    const asked = day.emulator.requests().length;
    await day.restart();
    await day.pass(17 * minuteMs);
    expect(day.emulator.requests()).toHaveLength(asked);
    await day.pass(4 * minuteMs);
    expect(day.collecting.status().map(({ name, success }) => [name, success])).toEqual([
      ['github-credentials', true],
      ['github-pipelines', true],
      ['github-queue', true],
      ['github-runners', true],
    ]);
    expect(day.emulator.requestsWhileLimited()).toEqual([]);
  });
});

it('a repository that fails slows nobody down while others are answered', {
  timeout: 60_000,
}, async () => {
  const repositories = ['octo/good', 'octo/bad'];
  await using day = await startGithubDay({ repositories });
  day.emulator.fail({ match: '/repos/octo/bad', status: 502, body: {} });
  await day.pass(60 * minuteMs);
  const polls = day.emulator.requests().filter(({ path }) => path.startsWith('/repos/octo/good/actions/runners?'));
  const failing = day.emulator.requests().filter(({ path }) => path.startsWith('/repos/octo/bad'));
  expect(polls.length).toBeGreaterThan(100);
  expect(failing.length).toBeLessThan(3 * polls.length);
});
