import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { docker, hostAddress, runContainer, type TestContainer } from '../support/docker-cli.ts';
import { createGithubEmulator, type GithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { imageTag, needs } from '../support/services.ts';
import { shipped } from './runner-home.ts';

/** The shipped scripts in a container as the compose file makes it, with a runner that keeps the real one's behaviour. */
describe.skipIf(needs('docker'))('a runner container', () => {
  let github: GithubEmulator;
  let container: TestContainer;

  beforeEach(async () => {
    github = await createGithubEmulator();
    const url = `http://${await hostAddress()}:${github.port}`;
    const env = { GITHUB_REPOSITORY: 'octo/homelab', GITHUB_API_URL: url, GITHUB_SERVER_URL: url };
    const variables = Object.entries({ ...env, GITHUB_TOKEN: TEST_TOKEN, RUNNER_NAME: 'test-scripts-1' });
    container = await runContainer(
      '--init',
      '--security-opt=no-new-privileges',
      `--volume=${shipped('runner')}:/runner:ro`,
      '--entrypoint=/runner/entrypoint.sh',
      ...variables.flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      imageTag('RUNNER_STANDIN_IMAGE'),
    );
    await online();
  }, 120_000);
  afterEach(async () => {
    await container?.[Symbol.asyncDispose]();
    await github[Symbol.asyncDispose]();
  });

  const online = () => github.waitFor(({ runners }) => runners[0]?.status === 'online');
  const healthCheck = () => container.exec('/runner/health-check.sh');
  const isRunning = () => docker('inspect', '--format', '{{.State.Running}}', container.name);

  /** Without warning, as the kernel does when memory is short. */
  const killListener = () => container.exec('pkill', '-KILL', '-f', 'bin/Runner[.]Listener run');

  it('tells that its listener is gone, stays up for it, and is well after a restart with the same registration', async () => {
    expect(await healthCheck()).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^state=\w+ listener=1 worker=0 session=good /),
    });
    const [before] = github.runners();
    await killListener();
    await expect
      .poll(healthCheck, { timeout: 30_000 })
      .toMatchObject({ code: 1, output: expect.stringContaining('exit_code=0') });
    expect(await isRunning()).toBe('true');

    await docker('restart', container.name);
    await online();
    expect(github.runners()).toMatchObject([{ id: before?.id, name: 'test-scripts-1' }]);
    await expect.poll(healthCheck, { timeout: 30_000 }).toMatchObject({ code: 0 });
  }, 120_000);

  it('lets a job end before it stops', async () => {
    // Long enough to be stopped in its middle on a slow machine.
    github.queueJob({ name: 'build', seconds: 8 });
    const worker = async () => (await healthCheck()).output;
    await expect.poll(worker, { timeout: 30_000 }).toContain('worker=1');
    await docker('stop', '--time', '30', container.name);
    expect(await container.wait()).toBe(0);
    expect(github.jobs()).toMatchObject([{ name: 'build', conclusion: 'success' }]);
    expect(github.runners()).toMatchObject([{ status: 'offline' }]);
  }, 120_000);
});
