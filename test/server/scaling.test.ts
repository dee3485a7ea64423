import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startDockerd } from '../support/dockerd.ts';
import { createGithubEmulator } from '../support/github-emulator/index.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

const scope = 'octo/homelab';
const third = 'homelab-3';
const quick = { interval: '1s', timeout: '5s' };
const life = 'trap "exit 143" TERM; while :; do sleep 0.2; done';
const healthCheck = ['--health-cmd', 'true', '--health-interval', '1s', '--health-retries', '1'];

describe.skipIf(needs('docker'))('scaling', () => {
  it('starts a runner of the pool for a job that waits, stops it when it is idle, and leaves what a person stopped', async () => {
    await using dockerd = await startDockerd();
    dockerd.importBusybox();
    await using github = await createGithubEmulator({ tokens: { token: {} } });
    const runs = ['--init', '--network', 'none', ...healthCheck];
    const box = (verb: readonly string[], runner: string, ...labels: readonly string[]) =>
      dockerd.docker(
        ...[...verb, '--name', runner, '--label', `runnerwatch.runner=${runner}`, ...labels, ...runs],
        ...['busybox:stable', 'sh', '-c', life],
      );
    for (const runner of ['homelab-1', 'homelab-2']) {
      box(['run', '-d'], runner);
      github.addRunner({ scope, name: runner, labels: ['self-hosted'], status: 'online' });
    }
    // It is made and never started, and GitHub does not know it: what it can do says its label.
    box(['create'], third, '--label', 'runnerwatch.pool=true', '--label', 'runnerwatch.runner-labels=gpu');
    using folder = temporaryFolder();
    await using server = await startServer({
      settings: {
        data_dir: join(folder.path, 'data'),
        docker: { host: `unix://${dockerd.socket}` },
        github: { api_url: github.url, token: 'token', repositories: [scope] },
        collectors: {
          ...{ 'container-health': quick, 'github-runners': quick, 'github-queue': quick },
          path: { enabled: false },
        },
        rules: { files: [] },
        recovery: { grace: '5s', scaling: { enabled: true, min: 2, max: 3, wait: '2s', idle: '8s', cooldown: '1s' } },
      },
    });
    const state = () => dockerd.docker('inspect', '--format', '{{.State.Status}}', third).trim();
    const decisions = async () => {
      const answer = await fetch(`${server.url}/api/v1/runners/why?runner=${third}`);
      return (((await answer.json()) as { data?: { decisions?: unknown } }).data?.decisions ?? []) as readonly object[];
    };
    const until = async (what: string, holds: () => boolean | Promise<boolean>) => {
      let last: unknown;
      const looks = async () => {
        const is = await holds();
        if (!is) last = await decisions();
        return is;
      };
      await waitUntil(looks, { timeoutMs: 60_000, what: () => `${what}: ${JSON.stringify(last)}` });
    };
    const standby = async () =>
      seriesValue(await server.metrics(), `runnerwatch_scaling_standby{runner="${third}"}`) === 1;
    await until('standby', standby);

    const run = github.addRun({ repository: scope, jobs: [{ name: 'train', labels: ['self-hosted', 'gpu'] }] });
    const job = run.jobs[0]?.id ?? 0;
    await until('a start', () => state() === 'running');
    expect((await decisions())[0]).toMatchObject({ action: 'scale-up', outcome: 'started' });
    const { id } = github.addRunner({ scope, name: third, labels: ['self-hosted', 'gpu'], status: 'online' });
    github.startJob(job, third);
    github.setRunner(id, { busy: true });
    await until('busy', async () => JSON.stringify(await decisions()).includes('it is busy'));
    expect(state()).toBe('running');
    github.completeJob(job, 'success');
    github.setRunner(id, { busy: false });
    await until('a stop', () => state() === 'exited');
    github.setRunner(id, { status: 'offline' });
    await until('standby again', standby);
    expect((await decisions()).find((one) => 'action' in one && one.action === 'scale-down')).toMatchObject({
      outcome: 'stopped',
    });

    dockerd.docker('start', third);
    github.setRunner(id, { status: 'online' });
    await until('no standby', async () => !(await standby()));
    dockerd.docker('stop', '--time', '5', third);
    github.setRunner(id, { status: 'offline' });
    github.addRun({ repository: scope, jobs: [{ name: 'again', labels: ['self-hosted', 'gpu'] }] });
    await until('a refusal', async () => JSON.stringify(await decisions()).includes('not Runnerwatch that stopped it'));
    expect(state()).toBe('exited');
  }, 240_000);
});
