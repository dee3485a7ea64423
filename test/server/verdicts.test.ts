import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startDockerd } from '../support/dockerd.ts';
import { createGithubEmulator } from '../support/github-emulator/index.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

const scope = 'octo/homelab';
const runner = 'homelab-1';
const quick = { interval: '1s', timeout: '5s' };

interface Shown {
  readonly runner: string;
  readonly verdict: string;
  readonly because: string;
  readonly since: string;
  readonly evidence: readonly { readonly name: string; readonly value: unknown; readonly source: string }[];
}

type Server = Awaited<ReturnType<typeof startServer>>;

async function waitForVerdict(server: Server, verdict: string, because: string): Promise<Shown> {
  let last: unknown;
  let found: Shown | undefined;
  const holds = async () => {
    const answer = await (await fetch(`${server.url}/api/v1/runners`)).json();
    last = answer;
    found = (answer as { readonly data: { readonly runners: readonly Shown[] } }).data.runners.find(
      (shown) => shown.runner === runner && shown.verdict === verdict && shown.because === because,
    );
    return found !== undefined;
  };
  await waitUntil(holds, { timeoutMs: 30_000, what: () => `${verdict}: ${because} in ${JSON.stringify(last)}` });
  return found as unknown as Shown;
}

/** It never ends when it is asked to, and its health check tells the facts of the shipped image. */
const stubborn = 'trap "" TERM; touch /tmp/well; while :; do sleep 1; done';
const healthCheck = ['--health-cmd', 'cat /tmp/facts; test -e /tmp/well', '--health-interval', '1s'];

describe.skipIf(needs('docker'))('the verdict', () => {
  it('follows a runner through its life, and over a restart of Runnerwatch', async () => {
    await using dockerd = await startDockerd();
    dockerd.importBusybox();
    await using github = await createGithubEmulator({ tokens: { token: {} } });
    const { id } = github.addRunner({ scope, name: runner, labels: ['self-hosted'], status: 'online' });
    const run = () =>
      dockerd.docker(
        ...['run', '-d', '--name', 'one', '--label', `runnerwatch.runner=${runner}`, '--network', 'none'],
        ...['--stop-timeout', '1', ...healthCheck, 'busybox:stable', 'sh', '-c', stubborn],
      );
    const tell = (facts: string) => dockerd.docker('exec', 'one', 'sh', '-c', `echo '${facts}' >/tmp/facts`);
    using folder = temporaryFolder();
    const settings = {
      data_dir: join(folder.path, 'data'),
      docker: { host: `unix://${dockerd.socket}` },
      github: { api_url: github.url, token: 'token', repositories: [scope] },
      // The emulator is GitHub: what else there is on the way must not matter.
      collectors: { 'container-health': quick, 'github-runners': quick, path: { enabled: false } },
      rules: { files: [] },
      recovery: { enabled: false },
    };
    run();
    tell('state=healthy listener=1 worker=0 session=good');
    {
      await using server = await startServer({ settings });
      await waitForVerdict(server, 'healthy', 'its container runs and GitHub says online');
      tell('state=healthy listener=1 worker=1 session=good');
      await waitForVerdict(server, 'busy', 'its worker process runs');
      tell('state=degraded listener=1 worker=0 session=conflict');
      await waitForVerdict(server, 'session-conflict', 'GitHub says that another session of this runner exists');
      tell('state=degraded listener=1 worker=0 session=connecting egress=0');
      github.setRunner(id, { status: 'offline' });
      await waitForVerdict(server, 'cut-off', 'GitHub does not answer its container');
      // TERM does not end it: Docker kills it, and it looks like a crash.
      dockerd.docker('stop', 'one');
      await waitForVerdict(server, 'stopped', 'its container is exited, as Docker was asked to stop it');
    }
    await using server = await startServer({ settings });
    const stopped = await waitForVerdict(server, 'stopped', 'its container is exited, as Docker was asked to stop it');
    expect(stopped.evidence).toContainEqual(
      expect.objectContaining({ name: 'exitCode', value: 137, source: 'docker' }),
    );
    const since = seriesValue(
      await server.metrics(),
      `runnerwatch_runner_verdict_since_timestamp_seconds{runner="${runner}"}`,
    );
    expect(since).toBe(Date.parse(stopped.since) / 1000);

    dockerd.docker('start', 'one');
    tell('state=healthy listener=1 worker=0 session=good');
    await waitForVerdict(server, 'zombie', 'its container runs, but GitHub says offline');
    dockerd.docker('kill', 'one');
    await waitForVerdict(server, 'crashed', 'its container ended with exit code 137');
    dockerd.docker('start', 'one');
    tell('state=healthy listener=1 worker=0 session=good');
    github.removeRunner(id);
    await waitForVerdict(server, 'unregistered', 'GitHub does not list it any more');
    github.addRunner({ scope, name: runner, labels: ['self-hosted'], status: 'offline' });
    dockerd.docker('rm', '-f', 'one');
    await waitForVerdict(server, 'stopped', 'its container was removed a moment ago');
  }, 180_000);
});
