import { expect, it } from 'vitest';
import { createGithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { waitUntil } from '../support/wait.ts';

type Server = Awaited<ReturnType<typeof startServer>>;

const repository = 'octo/homelab';
const labels = `repository="${repository}",labels="self-hosted"`;
const waits = `github_job_wait_seconds_count{${labels}}`;
const series = {
  queued: `github_jobs{${labels},status="queued"}`,
  running: `github_jobs{${labels},status="in_progress"}`,
  starved: `github_jobs_starved{repository="${repository}",labels="gpu,self-hosted",missing="gpu"}`,
  success: `github_queue_success{repository="${repository}"}`,
};

async function queueOf({ url }: Server): Promise<readonly (readonly unknown[])[]> {
  const { data } = (await (await fetch(`${url}/api/v1/queue`)).json()) as { data: { jobs: Record<string, string>[] } };
  return data.jobs.map(({ job, status, runner, missing }) => [job, status, runner, missing]);
}

async function until(server: Server, name: string, value: number): Promise<string> {
  let last = '';
  const holds = async () => {
    last = await server.metrics();
    return seriesValue(last, name) === value;
  };
  await waitUntil(holds, { timeoutMs: 20_000, what: () => `${name} ${value} in\n${last}` });
  return last;
}

it('the queue outlives a restart during an outage, and no job counts twice', { timeout: 90_000 }, async () => {
  using folder = temporaryFolder();
  await using github = await createGithubEmulator();
  github.addRunner({ scope: repository, name: 'ci-1', labels: ['self-hosted'], status: 'online' });
  const jobs = [{ name: 'one' }, { name: 'two' }, { name: 'three', labels: ['self-hosted', 'gpu'] }];
  const run = github.addRun({ repository, jobs });
  const settings = {
    data_dir: folder.path,
    docker: { host: 'unix:///nonexistent/docker.sock' },
    github: { api_url: github.url, token: TEST_TOKEN, repositories: [repository] },
    collectors: { 'github-runners': { interval: '1s' }, 'github-queue': { interval: '1s' } },
  };

  await using before = await startServer({ settings });
  await until(before, series.queued, 2);
  await until(before, series.starved, 1);
  const first = run.jobs[0]?.id ?? 0;
  github.startJob(first, 'ci-1');
  expect(seriesValue(await until(before, series.running, 1), waits)).toBe(1);
  const known = [
    ['one', 'in_progress', 'ci-1', undefined],
    ['two', 'queued', undefined, undefined],
    ['three', 'queued', undefined, 'gpu'],
  ];
  expect(await queueOf(before)).toEqual(known);
  github.fail({ match: '/actions/runs', status: 502, body: { message: 'Server Error' } });
  await until(before, series.success, 0);
  await before[Symbol.asyncDispose]();

  await using after = await startServer({ settings });
  const shown = await until(after, series.success, 0);
  expect(seriesValue(shown, series.queued)).toBe(1);
  expect(await queueOf(after)).toEqual(known);
  github.completeJob(first, 'success');
  github.clearFaults();
  const ended = `github_job_run_seconds_count{${labels},conclusion="success"}`;
  const last = await until(after, ended, 1);
  expect(seriesValue(last, waits) ?? 0).toBe(0);
  expect(seriesValue(last, series.running)).toBe(0);
});
