import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeBroker, granted } from './fake-broker.ts';
import { runnerHome, shipped } from './runner-home.ts';

let runner: ReturnType<typeof runnerHome>;
let workspace: string;
beforeEach(() => {
  runner = runnerHome();
  workspace = join(runner.home, '_work/app/app');
  mkdirSync(join(workspace, '.git'), { recursive: true });
  writeFileSync(join(workspace, '.git/config'), '');
  writeFileSync(join(workspace, 'built'), '');
});
afterEach(() => runner[Symbol.dispose]());

const job = {
  GITHUB_REPOSITORY: 'octo/app',
  GITHUB_WORKFLOW: 'Deploy "now"',
  GITHUB_RUN_ID: '42',
  GITHUB_JOB: 'build',
  GITHUB_ACTOR: 'mona',
  GITHUB_SHA: 'c0ffee',
};

/** As the runner calls it; `docker` is a script that stands before any real one. */
function hook(name: 'started' | 'completed', env: Readonly<Record<string, string>> = {}, docker = 'exit 1') {
  const bin = join(runner.home, 'fake-bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'docker'), `#!/usr/bin/env bash\n${docker}\n`, { mode: 0o755 });
  const { promise, resolve } = Promise.withResolvers<{ readonly code: number; readonly output: string }>();
  const options = {
    env: {
      ...{
        PATH: `${bin}:${process.env.PATH}`,
        HOME: runner.home,
        GITHUB_WORKSPACE: workspace,
        RUNNER_NAME: 'homelab-1',
      },
      ...{ ...job, ...runner.env, ...env },
    },
    timeout: 15_000,
  };
  const child = execFile(shipped(`runner/job-${name}.sh`), options, (_, stdout, stderr) => {
    resolve({ code: child.exitCode ?? -1, output: stdout + stderr });
  });
  return promise;
}

describe.each(['started', 'completed'] as const)('the hook of a job that is %s', (phase) => {
  it('tells Runnerwatch who runs what', async () => {
    await using broker = await createFakeBroker(granted({}));
    expect(await hook(phase, { RUNNER_BROKER_URL: broker.url })).toEqual({ code: 0, output: '' });
    expect(broker.asked).toEqual([
      {
        path: '/api/v1/runner-job',
        authorization: undefined,
        body: {
          phase,
          repository: 'octo/app',
          workflow: 'Deploy "now"',
          run_id: '42',
          job: 'build',
          actor: 'mona',
          sha: 'c0ffee',
        },
      },
    ]);
  });

  it('says nothing else because of what an earlier job left in the home directory', async () => {
    await using broker = await createFakeBroker(granted({}));
    writeFileSync(join(runner.home, '.jq'), 'def map_values(f): {repository: "octo/forged"};');
    await hook(phase, { RUNNER_BROKER_URL: broker.url });
    expect(broker.asked).toMatchObject([{ body: { phase, repository: 'octo/app', actor: 'mona' } }]);
  });

  it('fails no job where Runnerwatch is silent', async () => {
    const { code, output } = await hook(phase, { RUNNER_BROKER_URL: 'http://127.0.0.1:1' });
    expect(code).toBe(0);
    expect(output).toContain('Runnerwatch was not told of this job');
  });

  it('empties the workspace, and leaves the directory', async () => {
    expect(await hook(phase)).toEqual({ code: 0, output: '' });
    expect([existsSync(workspace), existsSync(join(workspace, 'built')), existsSync(join(workspace, '.git'))]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('leaves the workspace where that is asked for', async () => {
    await hook(phase, { RUNNER_KEEP_WORKSPACE: 'true' });
    expect(existsSync(join(workspace, 'built'))).toBe(true);
  });

  it.each([
    ['elsewhere', 'precious'],
    ['the work directory itself', '_work'],
  ])('deletes nothing %s, whatever the job says', async (_, folder) => {
    const elsewhere = join(runner.home, folder);
    mkdirSync(elsewhere, { recursive: true });
    writeFileSync(join(elsewhere, 'kept'), '');
    const link = join(runner.home, '_work/link');
    symlinkSync(elsewhere, link);
    for (const GITHUB_WORKSPACE of [elsewhere, link, `${workspace}/../../../${folder}`]) {
      const { code, output } = await hook(phase, { GITHUB_WORKSPACE });
      expect([code, output]).toEqual([0, expect.stringContaining('is outside of')]);
    }
    expect(existsSync(join(elsewhere, 'kept'))).toBe(true);
  });
});

describe('containers that a job left', () => {
  it('are not looked for where Runnerwatch stands in the place of Docker', async () => {
    await using broker = await createFakeBroker(granted({}));
    const env = { RUNNER_BROKER_URL: broker.url, DOCKER_HOST: broker.url.replace('http', 'tcp') };
    await hook('completed', env, `echo "$@" >>"${runner.home}/docker.calls"`);
    expect(runner.lines('docker.calls')).toEqual([]);
  });

  const docker = `printf '%s\\n' "$*" >>${'$'}HOME/docker.calls
case $1 in ps) printf 'c1\\nc2\\n' ;; network) [[ $2 != ls ]] || echo n1 ;; esac`;

  it("go where the engine is the runner's own", async () => {
    await hook('completed', { RUNNER_OWN_DOCKER: 'true' }, docker);
    expect(runner.lines('docker.calls')).toEqual([
      'version',
      'ps --all --quiet --no-trunc',
      'rm --force --volumes c1 c2',
      'network ls --quiet --filter type=custom',
      'network rm n1',
    ]);
  });

  it('go only by their label where others use the engine', async () => {
    await hook('completed', {}, docker);
    expect(runner.lines('docker.calls')).toContain(
      'ps --all --quiet --no-trunc --filter label=runnerwatch.job-of=homelab-1',
    );
  });

  it('are none before a job: they may be its own', async () => {
    await hook('started', { RUNNER_OWN_DOCKER: 'true' }, docker);
    expect(runner.lines('docker.calls')).toEqual([]);
  });
});
