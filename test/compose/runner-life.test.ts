import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { buildImage } from '../story/stack.ts';
import { type ComposeStack, composeStack } from '../support/compose-stack.ts';
import { docker } from '../support/docker-cli.ts';
import { temporaryFolder } from '../support/processes.ts';
import { needs } from '../support/services.ts';

const minute = 60_000;
const missing = needs('docker') || needs('compose');
const name = 'rw-life';

/** The first runner leaves GitHub at every stop, the second one takes one job for each configuration. */
const own = {
  'github-runner-1': {
    environment: { RUNNER_DEREGISTER: 'true', RUNNER_DRAIN_TIMEOUT: '30' },
    stop_grace_period: '40s',
  },
  'github-runner-2': {
    environment: { RUNNER_JIT: 'true' },
    labels: { 'runnerwatch.runner-labels': 'just-in-time' },
  },
};

/** Its health check is believed at once, which a first start could not bear. */
const soon = { 'github-runner-1': { healthcheck: { start_period: '1s' } } };

describe.skipIf(missing)('a runner without a token', () => {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const overlay = join(folder.path, 'compose.life.yaml');
  let compose: ComposeStack;
  let first: string;
  let second: string;

  beforeAll(async () => {
    await buildImage();
    writeFileSync(overlay, stringify({ services: own }));
    writeFileSync(join(folder.path, 'compose.soon.yaml'), stringify({ services: soon }));
    compose = stack.use(await composeStack({ name, subnet: '172.31.238' }));
    await compose.up([overlay]);
    [first, second] = [compose.container('github-runner-1'), compose.container('github-runner-2')];
  }, 12 * minute);
  afterAll(() => stack.disposeAsync(), minute);

  const known = () =>
    compose.github
      .runners()
      .map((runner) => `${runner.name} ${runner.status}`)
      .sort();
  const bothOnline = [`${name}-1 online`, `${name}-2 online`];
  const isOnline = (runner: string) =>
    compose.github.waitFor(
      ({ runners }) => runners.some((one) => one.name === runner && one.status === 'online'),
      minute,
    );
  /** GitHub takes a killed one for online a while. */
  const isOffline = (runner: string) =>
    compose.github.waitFor(
      ({ runners }) => runners.every((one) => one.name !== runner || one.status === 'offline'),
      minute,
    );
  /** Until the first runner works on a job: its worker's process is there. */
  async function works(): Promise<void> {
    const worker = async () => (await compose.exec('github-runner-1', 'pgrep', '-f', 'bin/Runner[.]Worker')).code;
    await expect.poll(worker, { timeout: minute, interval: 200 }).toBe(0);
  }
  const idOf = (runner: string) => compose.github.runners().find((one) => one.name === runner)?.id;

  it(
    'is registered by Runnerwatch, as it should be',
    async () => {
      await expect.poll(known, { timeout: minute }).toEqual(bothOnline);
      expect(compose.github.runners().map(({ ephemeral, labels }) => [ephemeral, labels])).toEqual(
        expect.arrayContaining([
          [false, ['self-hosted', 'Linux', 'X64']],
          [true, ['self-hosted', 'Linux', 'X64', 'just-in-time']],
        ]),
      );
    },
    2 * minute,
  );

  it(
    'ends its job when it is stopped, and leaves GitHub',
    async () => {
      compose.github.queueJob({ name: 'build', runner: `${name}-1`, seconds: 5 });
      await works();
      await docker('stop', '--time', '40', first);
      expect(compose.github.jobs().at(-1)).toMatchObject({ name: 'build', conclusion: 'success' });
      await expect.poll(known, { timeout: minute }).toEqual([`${name}-2 online`]);
      await docker('start', first);
      await isOnline(`${name}-1`);
      await expect.poll(known, { timeout: minute }).toEqual(bothOnline);
    },
    3 * minute,
  );

  it(
    'keeps its registration when it is killed, a job in the middle, and leaves no ghost',
    async () => {
      const before = idOf(`${name}-1`);
      compose.github.queueJob({ name: 'killed', runner: `${name}-1`, seconds: 60 });
      await works();
      await docker('kill', first);
      await isOffline(`${name}-1`);
      await docker('start', first);
      await isOnline(`${name}-1`);
      await expect.poll(known, { timeout: minute }).toEqual(bothOnline);
      expect(idOf(`${name}-1`)).toBe(before);
    },
    3 * minute,
  );

  it(
    'registers anew in the same container where GitHub had forgotten it',
    async () => {
      const before = idOf(`${name}-1`) ?? 0;
      compose.github.removeRunner(before);
      const check = async () => (await compose.exec('github-runner-1', '/runner/health-check.sh')).output;
      await expect.poll(check, { timeout: minute, interval: 500 }).toContain('reason=registration-gone');
      await docker('restart', first);
      await isOnline(`${name}-1`);
      await expect.poll(known, { timeout: minute }).toEqual(bothOnline);
      expect(idOf(`${name}-1`)).not.toBe(before);
    },
    3 * minute,
  );

  it(
    'takes one job for each just-in-time configuration',
    async () => {
      const before = idOf(`${name}-2`);
      compose.github.queueJob({ name: 'once', runner: `${name}-2`, seconds: 1 });
      await compose.github.waitFor(({ jobs }) => jobs.at(-1)?.conclusion === 'success', minute);
      // The restart policy brings the next one.
      await compose.github.waitFor(
        ({ runners }) => runners.some(({ id }) => id !== before && id !== idOf(`${name}-1`)),
        minute,
      );
      await isOnline(`${name}-2`);
      await expect.poll(known, { timeout: minute }).toEqual(bothOnline);
    },
    3 * minute,
  );

  it(
    'takes out what a killed just-in-time runner left, and is there once',
    async () => {
      const before = idOf(`${name}-2`);
      await docker('kill', second);
      await isOffline(`${name}-2`);
      expect(idOf(`${name}-2`)).toBe(before);
      await docker('start', second);
      await compose.github.waitFor(({ runners }) => runners.every(({ id }) => id !== before), minute);
      await isOnline(`${name}-2`);
      await expect.poll(known, { timeout: minute }).toEqual(bothOnline);
    },
    3 * minute,
  );

  it(
    'leaves GitHub when it is stopped before it had a job',
    async () => {
      await docker('stop', '--time', '40', second);
      await expect.poll(known, { timeout: minute }).toEqual([`${name}-1 online`]);
    },
    3 * minute,
  );

  it('has every grant in the audit log', async () => {
    const granted = await compose.granted();
    const kinds = (runner: string) =>
      granted.map((line) => line.split(' ')).flatMap(([who, kind]) => (who === `${name}-${runner}` ? [kind] : []));
    expect(kinds('1')).toEqual(['registration', 'remove', 'registration', 'kept', 'remove', 'registration']);
    expect(kinds('2')).toEqual(['jit', 'jit', 'jit', 'remove']);
  });

  it(
    'says that its container has to be made anew where its programs are not its image’s, and is well after that',
    async () => {
      const files = [overlay, join(folder.path, 'compose.soon.yaml')];
      const up = (...flags: string[]) =>
        compose.compose(files, 'up', '--detach', '--no-build', ...flags, 'github-runner-1');
      await up();
      await isOnline(`${name}-1`);
      const settings = await compose.exec('github-runner-1', 'cat', '/home/runner/.runner');
      // What registers at every start does not update itself; one that did all the same looks like this.
      expect(settings.output).toContain('"disableUpdate": true');
      const update = 'cd ~ && mv bin bin.2.336.0 && cp -a bin.2.336.0 bin.2.337.0 && ln -s bin.2.337.0 bin';
      expect(await compose.exec('github-runner-1', 'bash', '-c', update)).toEqual({ code: 0, output: '' });
      await docker('restart', first);
      const anew = 'docker compose up -d --force-recreate';
      await expect.poll(() => docker('logs', first), { timeout: minute }).toContain(`${anew} github-runner-1`);
      const verdict = async () => {
        const { output } = await compose.exec('runnerwatch', 'runnerwatch', 'runners', '--json');
        const runners: readonly Judged[] = JSON.parse(output);
        return runners.find(({ runner }) => runner === `${name}-1`);
      };
      await expect
        .poll(verdict, { timeout: 2 * minute, interval: 1000 })
        .toMatchObject({ verdict: 'unregistered', because: expect.stringContaining(anew) });
      await up('--force-recreate');
      await isOnline(`${name}-1`);
    },
    5 * minute,
  );
});

interface Judged {
  readonly runner: string;
  readonly verdict: string;
  readonly because: string;
}
