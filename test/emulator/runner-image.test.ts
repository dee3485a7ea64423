import { describe, expect, it } from 'vitest';
import { docker, hostAddress, runContainer, type TestContainer, tryDocker } from '../support/docker-cli.ts';
import { createGithubEmulator, type GithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { imageTag, needs } from '../support/services.ts';

const IMAGE = imageTag('RUNNER_STANDIN_IMAGE');

async function oneHourToken(github: GithubEmulator, kind: 'registration' | 'remove'): Promise<string> {
  const url = `${github.url}/repos/octo/app/actions/runners/${kind}-token`;
  const response = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${TEST_TOKEN}` } });
  return ((await response.json()) as { readonly token: string }).token;
}

/** The arguments of `docker run` for a runner that registers as r1 and then does `then` (in bash). */
async function registered(
  github: GithubEmulator,
  then: string,
  env: readonly string[] = [],
  config = '',
): Promise<string[]> {
  const url = `http://${await hostAddress()}:${github.port}/octo/app`;
  const token = `ACTIONS_RUNNER_INPUT_TOKEN=${await oneHourToken(github, 'registration')}`;
  const configure = `./config.sh --unattended --replace --url ${url} --name r1 --labels gpu,big --work _work ${config}`;
  const variables = [token, ...env].flatMap((variable) => ['--env', variable]);
  return [...variables, IMAGE, 'bash', '-c', `configure() { ${configure}; }; configure && ${then}`];
}

/** GitHub shows a runner busy a moment before its worker runs. */
async function workerStarts(runner: TestContainer): Promise<void> {
  const processes = async () => (await runner.exec('ps', '-eo', 'comm')).output.split('\n');
  await expect
    .poll(processes, { timeout: 30_000 })
    .toEqual(expect.arrayContaining(['Runner.Listener', 'Runner.Worker']));
}

describe.skipIf(needs('docker'))('the stand-in runner image', () => {
  it('registers, goes online, works on a job with a worker process and leaves on TERM', async () => {
    await using github = await createGithubEmulator();
    await using runner = await runContainer(...(await registered(github, 'exec ./run.sh')));
    await github.waitFor(({ runners }) => runners[0]?.status === 'online');
    expect(github.runners()).toMatchObject([
      {
        name: 'r1',
        scope: 'octo/app',
        busy: false,
        version: '2.336.0',
        labels: ['self-hosted', 'Linux', 'X64', 'gpu', 'big'],
      },
    ]);

    github.queueJob({ labels: ['gpu'], seconds: 2, name: 'build' });
    await github.waitFor(({ runners }) => runners[0]?.busy === true);
    await workerStarts(runner);
    await github.waitFor(({ jobs }) => jobs[0]?.conclusion === 'success');
    await github.waitFor(({ runners }) => runners[0]?.busy === false);

    await docker('stop', runner.name);
    expect(await runner.wait()).toBe(0);
    expect(github.runners()).toMatchObject([{ status: 'offline', session: undefined }]);
    const logs = await runner.logs();
    for (const line of [
      '√ Connected to GitHub',
      "Current runner version: '2.336.0'",
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ: Listening for Jobs$/m,
      /Z: Running job: build$/m,
      /Z: Job build completed with result: Succeeded$/m,
    ]) {
      expect(logs).toMatch(line);
    }
  });

  it('writes the files of a real runner', async () => {
    await using github = await createGithubEmulator();
    const show = 'head -c 3 .runner | od -An -tx1 && tail -c +4 .runner && ls -a && ls _diag';
    await using runner = await runContainer(...(await registered(github, show, [], '--ephemeral --disableupdate')));
    expect(await runner.wait()).toBe(0);
    const logs = await runner.logs();
    expect(logs).toContain(' ef bb bf\n');
    const settings: unknown = JSON.parse(/^\{[^}]*\}$/m.exec(logs)?.[0] ?? '');
    const [{ id = 0 } = {}] = github.runners();
    const gitHubUrl = expect.stringMatching(/\/octo\/app$/);
    expect(settings).toMatchObject({
      agentId: id,
      agentName: 'r1',
      poolId: 1,
      workFolder: '_work',
      ephemeral: true,
      gitHubUrl,
    });
    expect(logs).toMatch(/^\.credentials\n\.credentials_rsaparams$/m);
    expect(logs).toMatch(/^Runner_\d{8}-\d{6}-utc\.log$/m);
  });

  it('lets the job of a TERMed runner be cancelled', async () => {
    await using github = await createGithubEmulator();
    await using runner = await runContainer(...(await registered(github, 'exec ./run.sh')));
    github.queueJob({ runner: 'r1', seconds: 600 });
    await workerStarts(runner);
    await docker('stop', '--time', '30', runner.name);
    expect(github.jobs()).toMatchObject([{ status: 'completed', conclusion: 'cancelled' }]);
  }, 90_000);

  it('ends after one job where it is ephemeral, and GitHub forgets it', async () => {
    await using github = await createGithubEmulator();
    await using runner = await runContainer(...(await registered(github, 'exec ./run.sh', [], '--ephemeral')));
    github.queueJob({ runner: 'r1', seconds: 0 });
    expect(await runner.wait()).toBe(0);
    expect(github.runners()).toEqual([]);
  });

  it('is offline some time after its listener was killed, and stays busy with the lost job', async () => {
    await using github = await createGithubEmulator({ offlineAfterMs: 500 });
    await using runner = await runContainer(...(await registered(github, './run.sh; sleep 60')));
    github.queueJob({ runner: 'r1', seconds: 600 });
    await github.waitFor(({ runners }) => runners[0]?.busy === true);
    await runner.exec('pkill', '-KILL', '-f', 'Runner.Listener');
    await github.waitFor(({ runners }) => runners[0]?.status === 'offline');
    expect(github.runners()).toMatchObject([{ busy: true }]);
    expect(await runner.logs()).toContain('Exiting with unknown error code: 137');
  });

  it('says when the service is out of reach, once, and when it is back', async () => {
    await using github = await createGithubEmulator();
    await using runner = await runContainer(
      ...(await registered(github, 'exec ./run.sh', ['STANDIN_RETRY_SECONDS=0.1'])),
    );
    await github.waitFor(({ runners }) => runners[0]?.status === 'online');
    github.fail({ match: '/messages', reset: true, times: 3 });
    await expect.poll(() => runner.logs(), { timeout: 10_000 }).toContain('Runner reconnected');
    const errors = (await runner.logs()).match(/^\d.*Z: Runner connect error/gm);
    expect(errors).toHaveLength(1);
  });

  it('ends with 0 when its registration is deleted', async () => {
    await using github = await createGithubEmulator();
    await using runner = await runContainer(...(await registered(github, 'exec ./run.sh')));
    await github.waitFor(({ runners }) => runners[0]?.status === 'online');
    github.removeRunner(github.runners()[0]?.id ?? 0);
    expect(await runner.wait()).toBe(0);
    expect(await runner.logs()).toContain('was not found');
  });

  it('ends with 7 when its version is deprecated and the caller asks to be told', async () => {
    await using github = await createGithubEmulator();
    github.setMinimumVersion('2.999.0');
    const env = ['ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE=1'];
    await using runner = await runContainer(...(await registered(github, 'exec ./run.sh', env)));
    expect(await runner.wait()).toBe(7);
  });

  it('gives up with 5 where another listener holds the session', async () => {
    await using github = await createGithubEmulator();
    const second = '{ ./run.sh & sleep 1; STANDIN_CONFLICT_SECONDS=1 ./bin/Runner.Listener run; exit $?; }';
    await using runner = await runContainer(...(await registered(github, second)));
    expect(await runner.wait()).toBe(5);
    expect(await runner.logs()).toContain('A session for this runner already exists.');
  });

  it('refuses to be configured twice, and can be removed', async () => {
    await using github = await createGithubEmulator();
    const token = await oneHourToken(github, 'remove');
    const steps = `{ configure; echo "code $?"; ./config.sh remove --token ${token}; echo "code $?"; ls -a; }`;
    await using runner = await runContainer(...(await registered(github, steps)));
    await runner.wait();
    const logs = await runner.logs();
    expect(logs.match(/^code \d$/gm)).toEqual(['code 1', 'code 0']);
    expect(logs).toContain('Cannot configure the runner because it is already configured.');
    expect(logs).not.toMatch(/^\.runner$/m);
    expect(github.runners()).toEqual([]);
  });

  it('refuses a token that is no registration token, and arguments that it does not know', async () => {
    await using github = await createGithubEmulator();
    const url = `http://${await hostAddress()}:${github.port}/octo/app`;
    const config = ['run', '--rm', IMAGE, './config.sh', '--unattended', '--url', url, '--token', 'wrong'];
    expect(await tryDocker(...config)).toMatchObject({
      code: 1,
      output: expect.stringContaining('Http response code: 404'),
    });
    expect(await tryDocker(...config, '--colour', 'red')).toMatchObject({
      code: 1,
      output: expect.stringContaining("Unrecognized command-line input arguments: 'colour'"),
    });
  });

  it.each([
    [0, 0, 'no retry needed'],
    [1, 0, 'terminated error'],
    [2, 124, 'Restarting runner...'],
    [5, 0, 'Session Conflict'],
    [7, 7, 'deprecated version'],
    [99, 0, 'unknown error code: 99'],
  ])("run.sh makes of the listener's exit code %i its own %i", async (listener, own, says) => {
    const env = ['--env', `STANDIN_EXIT_CODE=${listener}`, '--env', 'STANDIN_RESTART_SECONDS=0.1'];
    const result = await tryDocker('run', '--rm', '--network=none', ...env, IMAGE, 'timeout', '1', './run.sh');
    expect(result).toMatchObject({ code: own, output: expect.stringContaining(says) });
  });
});
