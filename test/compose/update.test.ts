import { execFile } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker, tryDocker } from '../support/docker-cli.ts';
import { temporaryFolder } from '../support/processes.ts';
import { binary, needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';
import { shipped } from './runner-home.ts';

const project = 'rw-update';
const image = (tag: string) => `runnerwatch-test/update:${tag}`;

/** A service that works is there and healthy; with the job's file the runner works on a job. */
const dockerfile = (tag: string) => `FROM busybox:stable
RUN mkdir /runner && printf '#!/bin/sh\\necho worker=$(ls /job 2>/dev/null | wc -l)\\n' >/runner/health-check.sh && chmod +x /runner/health-check.sh
RUN printf '#!/bin/sh\\necho "$@" >>/asked\\n' >/bin/runnerwatch && chmod +x /bin/runnerwatch
${tag === 'bad' ? '' : 'RUN touch /well'}
LABEL version=${tag}
`;

const composeFile = `
x-service: &service
  image: runnerwatch-test/update:\${TAG:-1}
  command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 0.2; done"]
  restart: unless-stopped
  healthcheck: { test: [CMD, test, -e, /well], interval: 1s, retries: 3, timeout: 30s }
services:
  runner-a: { <<: *service, depends_on: &after { once: { condition: service_completed_successfully } }, labels: { runnerwatch.runner: a } }
  runner-b: { <<: *service, depends_on: *after, labels: { runnerwatch.runner: b } }
  web: { <<: *service, image: 'runnerwatch-test/update:\${WEB_TAG:-1}' }
  runnerwatch: { <<: *service, image: 'runnerwatch-test/update:1' }
  extra: { image: 'localhost/runnerwatch-nothing:1', build: ., profiles: [extra] }
  once: { <<: *service, restart: 'no', healthcheck: { disable: true }, command: ['true'] }
`;

describe.skipIf(needs('docker') || needs('compose'))('update.sh', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  /** Of the command that runs, so far. */
  let said = '';

  function run(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    const { promise, resolve } = Promise.withResolvers<{ code: number | null; output: string }>();
    const own = { COMPOSE_PROJECT_NAME: project, UPDATE_PULL_POLICY: 'missing', UPDATE_WAIT_SECONDS: '60' };
    const options = { cwd: folder.path, env: { ...process.env, ...own, ...env }, timeout: 150_000 };
    const child = execFile(command, args, options, (_, out, err) =>
      resolve({ code: child.exitCode, output: out + err }),
    );
    said = '';
    child.stdout?.on('data', (text) => {
      said += text;
    });
    return promise;
  }
  const update = (env: Readonly<Record<string, string>>, ...args: string[]) =>
    run(join(folder.path, 'update.sh'), args, env);

  const inspect = (format: string) => (service: string) =>
    docker('inspect', '--format', format, `${project}-${service}-1`);
  const versions = () =>
    Promise.all(['runner-a', 'runner-b', 'web'].map(inspect('{{index .Config.Labels "version"}}')));
  const started = inspect('{{.State.StartedAt}}');
  /** What Runnerwatch was asked for since the last time. */
  const asked = async () => {
    const read = 'cat /asked 2>/dev/null; rm -f /asked';
    const { output } = await tryDocker('exec', `${project}-runnerwatch-1`, 'sh', '-c', read);
    return output.replaceAll(' --by update.sh', '').trim().split('\n');
  };

  beforeAll(async () => {
    folder = temporaryFolder({ 'compose.yaml': composeFile });
    for (const name of ['update.sh', 'settings.sh']) copyFileSync(shipped(name), join(folder.path, name));
    for (const tag of ['1', '2', 'bad']) {
      writeFileSync(join(folder.path, 'Dockerfile'), dockerfile(tag));
      const build = ['build', '--quiet', '--tag', image(tag), folder.path];
      const { code, output } = await run(binary('docker'), build, { DOCKER_BUILDKIT: '0' });
      if (code !== 0) throw new Error(output);
    }
    const up = ['compose', 'up', '--detach', '--wait'];
    const { code, output } = await run(binary('docker'), up, {});
    if (code !== 0) throw new Error(output);
  }, 120_000);
  afterAll(async () => {
    await run(binary('docker'), ['compose', 'down', '--volumes', '--timeout', '1'], {});
    const previous = ['runner-a', 'runner-b', 'web', 'once'].map((name) => `runnerwatch-previous/${name}`);
    await tryDocker('image', 'rm', '--force', ...previous, ...['1', '2', 'bad'].map(image));
    folder[Symbol.dispose]();
  }, 60_000);

  it('touches nothing where nothing has changed', async () => {
    const before = await Promise.all(['runner-a', 'runner-b', 'web'].map(started));
    const { code, output } = await update({});
    expect([code, output]).toEqual([0, expect.stringContaining('everything is as it should be')]);
    expect(await Promise.all(['runner-a', 'runner-b', 'web'].map(started))).toEqual(before);
    expect(await asked()).toEqual(['']);
  }, 120_000);

  it('waits for the job of a runner, and never stops both', async () => {
    await docker('exec', `${project}-runner-a-1`, 'touch', '/job');
    const updated = update({ TAG: '2', WEB_TAG: '2' });
    const waits = 'runner-a works on a job; waiting for its end';
    await waitUntil(() => said.includes(waits), { timeoutMs: 90_000, what: () => said });
    // The job holds the first runner, and with it the second.
    expect(await versions()).toEqual(['1', '1', '2']);
    expect(await Promise.all(['runner-a', 'runner-b'].map(inspect('{{.State.Running}}')))).toEqual(['true', 'true']);
    await docker('exec', `${project}-runner-a-1`, 'rm', '/job');
    const { code, output } = await updated;
    expect([code, output]).toEqual([0, expect.stringContaining('renewed: web runner-a runner-b')]);
    expect(await versions()).toEqual(['2', '2', '2']);
    expect(await asked()).toEqual([
      // Of five services each may take an hour for its job, and twice the minute to get healthy.
      'runners pause --all --for 18600s --reason an update',
      ...['runners cordon a', 'runners uncordon a', 'runners cordon b', 'runners uncordon b'],
      'runners release --all --own',
    ]);
  }, 120_000);

  it('goes back to the images of before where one does not get healthy', async () => {
    const { code, output } = await update({ TAG: 'bad', WEB_TAG: '1' });
    expect([code, output]).toEqual([1, expect.stringContaining('runner-a does not get healthy')]);
    expect(output).toContain('what runs is as before');
    expect(await versions()).toEqual(['2', '2', '2']);
    expect(await Promise.all(['runner-a', 'runner-b', 'web'].map(inspect('{{.State.Health.Status}}')))).toEqual(
      Array(3).fill('healthy'),
    );
  }, 120_000);

  it('gives up where a job does not end in time, and leaves its runner alone', async () => {
    await docker('exec', `${project}-runner-a-1`, 'touch', '/job');
    const before = await started('runner-a');
    const { code, output } = await update({ TAG: '1', WEB_TAG: '2', UPDATE_DRAIN_SECONDS: '1' });
    expect([code, output]).toEqual([1, expect.stringContaining('runner-a still works on a job after 1 s')]);
    expect(await started('runner-a')).toBe(before);
    expect((await asked()).slice(-3)).toEqual([
      'runners cordon a',
      'runners uncordon a',
      'runners release --all --own',
    ]);
    await docker('exec', `${project}-runner-a-1`, 'rm', '/job');
  }, 120_000);

  it('changes nothing where an image cannot be had', async () => {
    const { code, output } = await update({ TAG: 'nowhere' });
    expect([code, output]).toEqual([1, expect.stringContaining('nothing was changed')]);
    const unbuilt = await update({ TAG: '1', COMPOSE_PROFILES: 'extra' });
    expect([unbuilt.code, unbuilt.output]).toEqual([1, expect.stringContaining('neither to be fetched nor built yet')]);
    expect(await versions()).toEqual(['2', '2', '2']);
  }, 120_000);

  it('goes back when it is told to', async () => {
    expect((await update({ TAG: '1', WEB_TAG: '1' })).code).toBe(0);
    expect(await versions()).toEqual(['1', '1', '1']);
    const { code, output } = await update({ TAG: '1', WEB_TAG: '1' }, '--roll-back');
    expect([code, output]).toEqual([0, expect.stringContaining('going back')]);
    expect(await versions()).toEqual(['2', '2', '2']);
  }, 120_000);

  it('says what it does not know', async () => {
    expect(await update({}, '--now')).toEqual({
      code: 1,
      output: "update: '--now' is not known, expected --build, --roll-back or nothing\n",
    });
  });
});
