import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from '../story/stack.ts';
import { buildOverlayImages, type ComposeStack, composeStack, overlayImages } from '../support/compose-stack.ts';
import { createGithubEmulator, type GithubEmulator } from '../support/github-emulator/index.ts';
import { startRebootingHost } from '../support/rebooting-host.ts';
import { imageTag, needs } from '../support/services.ts';

const minute = 60_000;
const name = 'rw-reboot';
const files = ['firewall'];

/** The shipped stack with its broker and its firewall. */
describe.skipIf(needs('docker') || needs('compose') || needs('netns'))('a host that loses its power', () => {
  const owned = new AsyncDisposableStack();
  let github: GithubEmulator;
  let host: Awaited<ReturnType<typeof startRebootingHost>>;
  let stack: ComposeStack;

  beforeAll(async () => {
    await Promise.all([buildImage(), buildOverlayImages()]);
    github = owned.use(await createGithubEmulator());
    host = owned.use(await startRebootingHost(github.port));
    const { RUNNERWATCH_IMAGE, FIREWALL_BUILT_IMAGE } = overlayImages;
    await host.load(
      ...[RUNNERWATCH_IMAGE, FIREWALL_BUILT_IMAGE],
      ...[imageTag('RUNNER_STANDIN_IMAGE'), imageTag('HAPROXY_IMAGE')],
    );
    stack = owned.use(await composeStack({ name, subnet: '172.31.227', dockerHost: host.host, github }));
    await stack.up(files);
    await both('online');
  }, 12 * minute);
  afterAll(() => owned.disposeAsync(), minute);

  const both = (wanted: string) =>
    github.waitFor(
      ({ runners }) => runners.length === 2 && runners.every(({ status }) => status === wanted),
      3 * minute,
    );
  const seen = () =>
    github
      .runners()
      .map(({ id, name: runner, status }) => [runner, status, id])
      .sort();
  const names = () => seen().map(([runner, status]) => `${runner} ${status}`);

  async function expectJob(): Promise<void> {
    const { id } = github.queueJob({ runner: `${name}-1`, seconds: 1 });
    await github.waitFor(({ jobs }) => jobs.some((job) => job.id === id && job.conclusion === 'success'), minute);
  }

  /** What each runner was given since the last time that was asked. */
  let told = 0;
  async function granted(): Promise<readonly string[]> {
    const all = await stack.granted();
    const since = all.slice(told);
    told = all.length;
    return since.sort();
  }

  /** Packets to the host that the firewall refused. */
  async function denied(): Promise<number> {
    // From within: the port is published in the other machine's network.
    const script = "fetch('http://127.0.0.1:9478/metrics').then((answer) => answer.text()).then(console.log)";
    const { output } = await stack.exec('runnerwatch', 'node', '-e', script);
    return Number(/^runnerwatch_firewall_denied_packets_total\{reason="host"\} (\d+)$/m.exec(output)?.[1]);
  }

  it('is registered by the broker, behind the firewall', async () => {
    expect(names()).toEqual([`${name}-1 online`, `${name}-2 online`]);
    expect(await granted()).toEqual([`${name}-1 registration`, `${name}-2 registration`]);
    await expectJob();
  });

  it(
    'comes back with the same registrations, and nobody registers anew',
    async () => {
      const before = seen();
      await host.losePower();
      await both('offline');
      await host.boot();
      await both('online');
      expect(seen()).toEqual(before);
      expect(await granted()).toEqual([`${name}-1 kept`, `${name}-2 kept`]);
      await expectJob();
      // The firewall is back too, and refuses what is not listed.
      const refused = await denied();
      const { code } = await stack.exec('github-runner-1', 'curl', '-s', '-m', '5', 'http://172.31.227.1:22/');
      expect(code).toBe(7);
      await expect.poll(denied, { timeout: minute, interval: 1000 }).toBe(refused + 1);
    },
    8 * minute,
  );

  it(
    'has no ghost of a runner that was killed: it goes on with its registration',
    async () => {
      const before = seen();
      await stack.docker('kill', stack.container('github-runner-1'));
      await github.waitFor(({ runners }) => runners.some(({ status }) => status === 'offline'), minute);
      await stack.docker('start', stack.container('github-runner-1'));
      await both('online');
      expect(seen()).toEqual(before);
      expect(await granted()).toEqual([`${name}-1 kept`]);
    },
    5 * minute,
  );

  it(
    'has each runner once after down and up, though their containers are new',
    async () => {
      await stack.compose(files, 'down', '--timeout', '5');
      expect(names()).toEqual([`${name}-1 offline`, `${name}-2 offline`]);
      await stack.up(files);
      await both('online');
      expect(names()).toEqual([`${name}-1 online`, `${name}-2 online`]);
      expect(await granted()).toEqual([`${name}-1 registration`, `${name}-2 registration`]);
      await expectJob();
    },
    8 * minute,
  );
});
