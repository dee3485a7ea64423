import { expect, it } from 'vitest';
import { createGithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { homeassistant } from '../support/github-runs.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { waitUntil } from '../support/wait.ts';

type Server = Awaited<ReturnType<typeof startServer>>;

const { repository } = homeassistant;
const deploy = { repository, workflow: 'Deploy Home Assistant', file: 'deploy-homeassistant.yml' };
const total = (outcome: string) => `github_deployments_total{deployment="homeassistant",outcome="${outcome}"}`;

async function deploymentOf({ url }: Server): Promise<unknown> {
  const { data } = (await (await fetch(`${url}/api/v1/deployments`)).json()) as { data: { deployments: unknown[] } };
  return data.deployments[0];
}

async function until(server: Server, series: string, value: number, timeoutMs = 20_000): Promise<void> {
  let last = '';
  const holds = async () => {
    last = await server.metrics();
    return seriesValue(last, series) === value;
  };
  await waitUntil(holds, { timeoutMs, what: () => `${series} ${value} in\n${last}` });
}

it('a deployment is told by a webhook at once, by polls where none comes, and once over a restart', {
  timeout: 90_000,
}, async () => {
  using folder = temporaryFolder();
  await using github = await createGithubEmulator();
  github.addRunner({ scope: repository, name: 'ci-1', labels: ['self-hosted'], status: 'online' });
  const settings = (interval: string) => ({
    data_dir: folder.path,
    docker: { host: 'unix:///nonexistent/docker.sock' },
    github: { api_url: github.url, token: TEST_TOKEN, repositories: [repository], webhook_secret: 'the-secret' },
    collectors: { 'github-pipelines': { interval, deployments: [homeassistant] } },
  });
  function run(conclusion: string): void {
    const job = github.addRun(deploy).jobs[0]?.id ?? 0;
    github.startJob(job, 'ci-1');
    github.completeJob(job, conclusion);
  }
  run('success');
  const known = {
    deployment: 'homeassistant',
    repository,
    workflow: 'deploy-homeassistant.yml',
    windowSeconds: 2_592_000,
  };

  // It polls once only: what comes then is the webhook's.
  await using before = await startServer({ settings: settings('1h') });
  await until(before, `github_pipelines_success{repository="${repository}"}`, 1);
  expect(await deploymentOf(before)).toMatchObject({ ...known, lastOutcome: 'success', successRatio: 1 });
  const hook = github.subscribe({ url: `${before.url}/webhooks/github`, secret: 'the-secret' });
  run('failure');
  await until(before, total('failure'), 1, 1_000);
  hook.unsubscribe();
  expect(await deploymentOf(before)).toMatchObject({ lastOutcome: 'failure', successRatio: 0.5 });
  await before[Symbol.asyncDispose]();
  run('success');

  await using after = await startServer({ settings: settings('1s') });
  await until(after, total('success'), 1);
  await until(after, total('failure'), 0);
  const { failingSince, counts } = (await deploymentOf(after)) as Record<string, unknown>;
  expect([failingSince, counts]).toEqual([undefined, { success: 2, failure: 1, cancelled: 0 }]);
});
