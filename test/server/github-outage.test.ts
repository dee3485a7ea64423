import { expect, it } from 'vitest';
import { createGithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { waitUntil } from '../support/wait.ts';

const of = (runner: string) => `{runner="${runner}",scope="octo/homelab"}`;
const series = {
  online: `github_runner_online${of('here')}`,
  offlineSince: `github_runner_offline_since_timestamp_seconds${of('away')}`,
  deadline: `github_runner_update_deadline_timestamp_seconds${of('here')}`,
  success: 'github_scope_success{scope="octo/homelab"}',
};

it('what GitHub said outlives an outage with a restart in it, and is told as old', { timeout: 60_000 }, async () => {
  using folder = temporaryFolder();
  await using github = await createGithubEmulator();
  github.addRunner({ scope: 'octo/homelab', name: 'here', status: 'online', version: '2.330.0' });
  github.addRunner({ scope: 'octo/homelab', name: 'away', status: 'offline' });
  const settings = {
    data_dir: folder.path,
    docker: { host: 'unix:///nonexistent/docker.sock' },
    github: { api_url: github.url, token: TEST_TOKEN, repositories: ['octo/homelab'] },
    collectors: { 'github-runners': { interval: '1s', timeout: '5s' } },
  };
  let last = '';
  const metrics = async (server: { metrics(): Promise<string> }, holds: () => boolean): Promise<void> => {
    const seen = async () => {
      last = await server.metrics();
      return holds();
    };
    await waitUntil(seen, { timeoutMs: 20_000, what: () => last });
  };

  await using before = await startServer({ settings });
  await metrics(before, () => seriesValue(last, series.online) === 1);
  const since = seriesValue(last, series.offlineSince);
  expect(since).toBeGreaterThan(0);
  const deadline = seriesValue(last, series.deadline);
  expect(deadline).toBeGreaterThan(since ?? Number.NaN);
  github.fail({ match: /runners/, status: 502, body: { message: 'Server Error' } });
  await metrics(before, () => seriesValue(last, series.success) === 0);
  expect(seriesValue(last, series.online)).toBeUndefined();
  expect(seriesValue(last, series.offlineSince)).toBe(since);
  await before[Symbol.asyncDispose]();

  await using after = await startServer({ settings });
  await metrics(after, () => seriesValue(last, series.success) === 0);
  expect(seriesValue(last, series.online)).toBeUndefined();
  expect(seriesValue(last, series.offlineSince)).toBe(since);
  const { data } = (await (await fetch(`${after.url}/api/v1/runners`)).json()) as { data: { runners: unknown[] } };
  expect(data.runners).toEqual([
    expect.objectContaining({ runner: 'away', verdict: 'unknown', github: 'unknown', githubBefore: 'offline' }),
    expect.objectContaining({ runner: 'here', verdict: 'unknown', github: 'unknown', githubBefore: 'online' }),
  ]);

  github.clearFaults();
  await metrics(after, () => seriesValue(last, series.online) === 1);
  expect(seriesValue(last, series.offlineSince)).toBe(since);
  expect(seriesValue(last, series.deadline)).toBe(deadline);
});
