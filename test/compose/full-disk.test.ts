import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { buildImage } from '../story/stack.ts';
import { type ComposeStack, composeStack, overlayImages } from '../support/compose-stack.ts';
import { createGithubEmulator, type GithubEmulator } from '../support/github-emulator/index.ts';
import { temporaryFolder } from '../support/processes.ts';
import { startRebootingHost } from '../support/rebooting-host.ts';
import { imageTag, needs } from '../support/services.ts';
import { createSink, type Sink } from '../support/sink.ts';
import { createSmallDisk } from '../support/small-disk.ts';
import { root } from '../support/tree.ts';

const minute = 60_000;
const missing = needs('docker') || needs('compose') || needs('netns') || needs('filesystems');

interface Judged {
  readonly runner: string;
  readonly verdict: string;
  readonly because: string;
}

/** The shipped stack on a Docker that has a partition of its own for all that it keeps. */
async function startOnDisk(owned: AsyncDisposableStack, disk: Parameters<typeof createSmallDisk>, driver: string) {
  await buildImage();
  const github: GithubEmulator = owned.use(await createGithubEmulator());
  const sink = owned.use(await createSink());
  const { path } = owned.use(createSmallDisk(...disk));
  const host = owned.use(await startRebootingHost([github.port, sink.port], { path, driver }));
  const images = [imageTag('RUNNER_STANDIN_IMAGE'), imageTag('HAPROXY_IMAGE')];
  await host.load(overlayImages.RUNNERWATCH_IMAGE, ...images);
  return { github, sink, path, dockerHost: host.host };
}

function online({ github }: ComposeStack): Promise<void> {
  return github.waitFor(
    ({ runners }) => runners.length === 2 && runners.every(({ status }) => status === 'online'),
    2 * minute,
  );
}

async function runJob({ github }: ComposeStack, runner: string): Promise<void> {
  const { id } = github.queueJob({ runner, seconds: 1 });
  await github.waitFor(({ jobs }) => jobs.some((job) => job.id === id && job.conclusion === 'success'), minute);
}

/** As a job: writes into the container's own layer until nothing more goes in. */
const fill = [
  'free() { stat --file-system --format "%a" /; }; size=$(stat --file-system --format "%S" /)',
  'fallocate -l $(($(free) * size - 1048576)) /tmp/fill 2>/dev/null',
  'head -c 1G /dev/zero >/tmp/rest',
].join('\n');

describe.skipIf(missing)('a disk that all share', () => {
  const owned = new AsyncDisposableStack();
  const name = 'rw-full';
  let stack: ComposeStack;
  let path: string;
  let sink: Sink;

  beforeAll(async () => {
    const host = await startOnDisk(owned, ['ext4', 8], 'overlay2');
    ({ path, sink } = host);
    const folder = owned.use(temporaryFolder());
    const env = { ALERTMANAGER_CONFIG: join(folder.path, 'alertmanager.yml') };
    writeFileSync(env.ALERTMANAGER_CONFIG, routing(`http://172.31.224.1:${sink.port}/hook`));
    chmodSync(folder.path, 0o755);
    // What the disk does, not what healing does about it.
    const settings = 'targets: []\nrecovery: { ladders: { starved: [] } }\n';
    stack = owned.use(await composeStack({ name, subnet: '172.31.224', settings, ...host, env }));
    await stack.up();
    await online(stack);
  }, 12 * minute);
  afterAll(() => owned.disposeAsync(), minute);

  /** From within: the port is published in the other machine's network. */
  async function ask<T>(url: string): Promise<T> {
    const script = `fetch('http://127.0.0.1:9478${url}').then((response) => response.text()).then(console.log)`;
    const { output } = await stack.exec('runnerwatch', 'node', '-e', script);
    return JSON.parse(output);
  }
  async function verdicts(): Promise<readonly string[]> {
    const { output } = await stack.exec('runnerwatch', 'runnerwatch', 'runners', '--json');
    const runners: readonly Judged[] = JSON.parse(output);
    return runners.map(({ runner, verdict }) => `${runner} ${verdict}`);
  }
  async function firing(): Promise<readonly string[]> {
    const { data } = await ask<{ data: { alerts: readonly Alert[] } }>('/api/v1/alerts');
    return data.alerts.flatMap(({ state, labels: { alertname = '', runner, mountpoint } }) =>
      state === 'firing' ? [[alertname, runner ?? mountpoint ?? ''].join(' ').trim()] : [],
    );
  }
  /** What came to the webhook. */
  const told = () =>
    (sink.bodies as readonly Hook[]).flatMap(({ alerts }) => alerts.map(({ labels }) => labels.alertname));
  /** What a restart or a registration would change. */
  async function lives() {
    const services = ['github-runner-1', 'github-runner-2', 'runnerwatch', 'docker-socket-proxy'];
    const containers = services.map((service) => stack.container(service));
    const started = await stack.docker(
      'inspect',
      '--format',
      '{{.Name}} {{.State.StartedAt}} {{.RestartCount}}',
      ...containers,
    );
    return { started, ids: stack.github.runners().map(({ id }) => id), granted: await stack.granted() };
  }

  it(
    'and that one runner fills by its own layer, is told of, and nobody is restarted or registered anew for it',
    async () => {
      const before = await lives();
      const filled = await stack.exec('github-runner-1', 'bash', '-c', fill);
      expect(filled).toMatchObject({ code: 1, output: expect.stringContaining('No space left on device') });
      await expect
        .poll(verdicts, { timeout: minute, interval: 1000 })
        .toEqual([`${name}-1 starved`, `${name}-2 starved`]);
      await expect
        .poll(firing, { timeout: 5 * minute, interval: 5000 })
        .toEqual(
          expect.arrayContaining([`RunnerStarved ${name}-1`, `RunnerStarved ${name}-2`, `HostDiskFull ${path}`]),
        );
      // What is told has to be on the disk before: Runnerwatch has its own reserve there.
      await expect.poll(told, { timeout: minute }).toEqual(expect.arrayContaining(['HostDiskFull', 'RunnerStarved']));
      expect(await lives()).toEqual(before);
    },
    8 * minute,
  );

  it(
    'and that has space again, lets all go on as they were',
    async () => {
      const before = await lives();
      await stack.exec('github-runner-1', 'rm', '/tmp/fill', '/tmp/rest');
      await expect
        .poll(verdicts, { timeout: 2 * minute, interval: 1000 })
        .toEqual([`${name}-1 healthy`, `${name}-2 healthy`]);
      for (const number of [2, 1]) await runJob(stack, `${name}-${number}`);
      await expect.poll(firing, { timeout: 3 * minute, interval: 5000 }).not.toContain(`HostDiskFull ${path}`);
      expect(await lives()).toEqual(before);
      // What it keeps is whole: a new start of it knows all.
      await stack.docker('restart', stack.container('runnerwatch'));
      await expect
        .poll(() => verdicts().catch(String), { timeout: 2 * minute, interval: 1000 })
        .toEqual([`${name}-1 healthy`, `${name}-2 healthy`]);
    },
    8 * minute,
  );
});

interface Hook {
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

/** The shipped routing with a webhook for people. */
function routing(url: string): string {
  const shipped = parse(readFileSync(join(root, 'prometheus/alertmanager.yml'), 'utf8'));
  shipped.receivers.find((one: { name: string }) => one.name === 'notifications').webhook_configs = [{ url }];
  return stringify(shipped);
}

interface Alert {
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
}

describe.skipIf(missing)('the overlay storage-limit', () => {
  const owned = new AsyncDisposableStack();
  afterAll(() => owned.disposeAsync(), minute);

  it(
    'lets a runner fill its own layer, and nothing else',
    async () => {
      const host = await startOnDisk(owned, ['btrfs', 8], 'btrfs');
      const name = 'rw-limit';
      // With the image, which this driver counts.
      const env = { RUNNER_STORAGE_SIZE: '1g' };
      const stack = owned.use(await composeStack({ name, subnet: '172.31.223', ...host, env }));
      await stack.up(['storage-limit']);
      await online(stack);
      const write = (runner: number, size: string) =>
        stack.exec(`github-runner-${runner}`, 'bash', '-c', `head -c ${size} /dev/zero >/tmp/fill`);
      expect(await write(1, '2G')).toMatchObject({
        code: 1,
        output: expect.stringMatching(/No space left|quota exceeded/),
      });
      expect(await write(2, '300M')).toEqual({ code: 0, output: '' });
      await runJob(stack, `${name}-2`);
      const used = await stack.exec('github-runner-2', 'df', '--output=avail', '--block-size=1G', '_work');
      expect(Number(used.output.split('\n')[1])).toBeGreaterThan(2);
    },
    12 * minute,
  );
});
