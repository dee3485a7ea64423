import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/processes.ts';
import { needs } from '../support/services.ts';
import { root } from '../support/tree.ts';
import { passphrase, startHost, supervisorToken } from './deploy-homeassistant/host.ts';
import { openJob, type Run, steps, workflow } from './deploy-homeassistant/workflow.ts';

const runs = steps.filter(({ run }) => run !== undefined).map(({ name }) => name);

describe('deploy-homeassistant.yml', () => {
  it('may only read the repository, and deploys one at a time from the branch', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(workflow.concurrency).toEqual({ group: 'deploy-homeassistant', 'cancel-in-progress': false });
    expect(workflow.on).toEqual({ push: { branches: ['main'] }, workflow_dispatch: null });
    expect(Object.keys(workflow.jobs)).toEqual(['deploy']);
    const { if: condition, environment, permissions, 'runs-on': labels } = workflow.jobs.deploy;
    expect(condition).toBe("github.ref == 'refs/heads/main'");
    expect([environment, permissions, labels]).toEqual(['homeassistant', undefined, ['self-hosted', 'homelab']]);
  });

  it('pins each action to a commit, with its version, and leaves no token in the workspace', () => {
    const actions = steps.filter(({ uses }) => uses !== undefined);
    expect(actions.map(({ uses }) => uses)).toEqual([expect.stringMatching(/^actions\/checkout@[0-9a-f]{40}$/)]);
    expect(actions[0]?.with).toEqual({ 'persist-credentials': false });
  });

  it('bounds everything in time: the steps together fit into the job', () => {
    const limits = steps.map((step) => step['timeout-minutes'] ?? Number.POSITIVE_INFINITY);
    const total = limits.reduce((sum, minutes) => sum + minutes, 0);
    expect(total).toBeLessThanOrEqual(workflow.jobs.deploy['timeout-minutes']);
  });

  it('gives the secrets to one step, by environment, and writes no expression into a script', () => {
    const holders = steps.filter(({ env }) => JSON.stringify(env ?? {}).includes('secrets.'));
    expect(holders.map(({ name }) => name)).toEqual(['Connect']);
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
    expect(JSON.stringify([workflow.env, workflow.jobs.deploy.env])).toBe('[null,null]');
  });
});

describe.skipIf(needs('sshd'))('a deployment to Home Assistant', { timeout: 90_000 }, () => {
  let host: Awaited<ReturnType<typeof startHost>>;
  let job: ReturnType<typeof openJob>;
  beforeEach(async () => {
    host = await startHost();
    job = openJob();
  });
  afterEach(async () => {
    await job.run({ sha: '', vars: {}, secrets: {} }, runs.slice(0, -1));
    job[Symbol.dispose]();
    await host[Symbol.asyncDispose]();
  });

  const env = { HEALTH_INTERVAL: '0.1', HEALTH_TIMEOUT: '20' };
  const given = (sha: string) => ({ sha, vars: host.vars, secrets: host.secrets, env });
  const failed = ({ outcomes }: Run) => Object.keys(outcomes).filter((name) => outcomes[name] === 'failure');

  function expectNoSecret({ log, summary }: Run): void {
    const key = host.secrets.HOMEASSISTANT_SSH_KEY.split('\n').filter((line) => line !== '');
    for (const secret of [passphrase, supervisorToken, ...key]) expect(log + summary).not.toContain(secret);
  }

  it('checks out the commit, checks it, restarts and waits until it is well', async () => {
    const sha = host.commit('second');
    const later = host.commit('third');
    const run = await job.run(given(sha));
    expect([run.status, run.log]).toEqual(['success', run.log]);
    expect(host.asked()).toEqual(['core check', 'core restart']);
    // The commit that was asked for, and not what the branch has become meanwhile.
    expect([host.head(), host.running()]).toEqual([sha, 'second']);
    expect(later).not.toBe(sha);
    expect(run.outcomes['Roll back']).toBe('skipped');
    expect(run.log).toMatch(/after \d+ s: gate: STARTING\n/);
    expect(run.log).toMatch(/after \d+ s: RUNNING\n.*after \d+ s: RUNNING\n/s);
    expect(run.summary).toContain('### Home Assistant: ✅ deployed');
    expect(run.summary).toContain(`| before | \`${host.first}\` |`);
    expect(run.summary).toContain(`| asked for | \`${sha}\` |`);
    expectNoSecret(run);
  });

  it('does not restart with a configuration that fails the check, and puts the old one back', async () => {
    const run = await job.run(given(host.commit('BROKEN')));
    expect([run.status, failed(run)]).toEqual(['failure', ['Check the configuration']]);
    expect(run.log).toContain('Invalid config for [automation]');
    expect(host.asked()).toEqual(['core check', 'core check']);
    expect([host.head(), host.running()]).toEqual([host.first, 'first']);
    expect(run.summary).toContain('### Home Assistant: ↩️ rolled back');
    expectNoSecret(run);
  });

  it.each([
    ['does not get to run', 'SLOW', 'STARTING'],
    ['comes up in recovery mode', 'LOST', 'recovery mode'],
  ])('rolls back and restarts where Home Assistant %s', async (_, configuration, said) => {
    const run = await job.run({
      ...given(host.commit(configuration)),
      env: { HEALTH_INTERVAL: '0.1', HEALTH_TIMEOUT: '20' },
    });
    expect([run.status, failed(run)]).toEqual(['failure', ['Wait until it is well']]);
    expect(run.log).toContain(`Home Assistant was not well within 20 s; last: gate: ${said}`);
    expect(host.asked()).toEqual(['core check', 'core restart', 'core check', 'core restart']);
    expect([host.head(), host.running()]).toEqual([host.first, 'first']);
    expect(run.summary).toContain('↩️ rolled back');
  });

  it('says so where even the way back fails', async () => {
    host.commit('BROKEN');
    const broken = host.commit('SLOW');
    const env = { HEALTH_INTERVAL: '0.1', HEALTH_TIMEOUT: '1' };
    // The one before was never well either.
    await job.run({ ...given(broken), env }, ['Roll back']);
    const run = await job.run({ ...given(host.commit('LOST')), env });
    expect(failed(run)).toEqual(['Wait until it is well', 'Roll back']);
    expect(run.summary).toContain('🔥 failed, and so did the roll-back');
  });

  it('touches nothing where files were changed by hand, nor for a commit of another branch', async () => {
    const stray = await job.run(given(host.strayCommit('other')));
    expect(failed(stray)).toEqual(['Update to this commit']);
    expect(stray.log).toContain('is not on main');
    expect(stray.summary).toContain('❌ nothing was changed');
    const sha = host.commit('second');
    host.edit('by hand\n');
    const edited = await job.run(given(sha));
    expect(failed(edited)).toEqual(['Remember the present commit']);
    expect(edited.log).toMatch(/changed by hand in .*config, commit or undo it there: configuration.yaml/);
    expect(edited.outcomes['Roll back']).toBe('skipped');
    expect([host.head(), host.running()]).toEqual([host.first, 'first']);
    expect(host.asked()).toEqual(['core check']);
  });

  it('never has the key in a file, nor the key or its passphrase on a command line', async () => {
    const path = { STANDARD_PATH: process.env.PATH ?? '', PATH: `${host.notingPath}:${process.env.PATH}` };
    const run = await job.run({ ...given(host.commit('second')), env: { ...env, ...path } }, ['Disconnect']);
    expect(run.status).toBe('success');
    const lines = host.argumentLists();
    expect(lines).toMatch(/^timeout 20 ssh-add -q -$/m);
    expect(lines).toMatch(/^timeout 660 ssh .* homeassistant restart$/m);
    expectNoSecret({ ...run, log: lines });
    const left = readdirSync(job.temp, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = left.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
    expect(left.map(({ name }) => name)).toEqual(expect.arrayContaining(['config', 'known_hosts', 'askpass']));
    expectNoSecret({ ...run, log: texts.join('\n') });
  });

  it('asks for the state with a token from a file, where the Supervisor gives none', async () => {
    using folder = temporaryFolder({ token: `${supervisorToken}\n`, wrong: 'another' });
    const state = (token: string) => {
      const file = join(folder.path, token);
      const env = { PATH: process.env.PATH, HOMEASSISTANT_API: host.apiUrl, HOMEASSISTANT_TOKEN_FILE: file };
      const gate = [join(root, 'compose/examples/homeassistant/gate.sh')];
      const told = promisify(execFile)('bash', gate, { env: { ...env, SSH_ORIGINAL_COMMAND: 'health' } });
      return told.then(
        ({ stdout }) => stdout,
        ({ stderr }) => stderr,
      );
    };
    expect([await state('token'), await state('wrong')]).toEqual(['RUNNING\n', 'gate: no answer\n']);
  });

  it('opens one connection for all steps, and for a second deployment in the same job', async () => {
    const keep = ['Disconnect'];
    expect((await job.run(given(host.commit('second')), keep)).status).toBe('success');
    expect(host.logins()).toBe(1);
    const again = await job.run(given(host.commit('third')), [...keep, 'Connect']);
    expect([again.status, host.running()]).toEqual(['success', 'third']);
    expect(host.logins()).toBe(1);
    await job.run(given(host.first), runs.slice(0, -1));
    // Neither the key nor the connection outlives the job.
    expect(existsSync(join(job.temp, 'homeassistant'))).toBe(false);
    expect(readdirSync(job.temp)).toEqual([]);
  });

  describe('refuses to connect', () => {
    async function refused(over: { vars?: object; secrets?: object }): Promise<string> {
      const base = given(host.first);
      const run = await job.run({
        ...base,
        vars: { ...base.vars, ...over.vars },
        secrets: { ...base.secrets, ...over.secrets },
      });
      expect(failed(run)).toEqual(['Connect']);
      expect(run.outcomes['Roll back']).toBe('skipped');
      expect(run.summary).toContain('❌ nothing was changed');
      expect(existsSync(join(job.temp, 'homeassistant'))).toBe(false);
      expectNoSecret(run);
      return run.log;
    }

    it('to a host with another key', async () => {
      const { address, port } = host.sshd;
      const other = `[${address}]:${port} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1vbmRheSBUdWVzZGF5IFdlZG5lc2RheSBUaHVyc2Rh`;
      expect(await refused({ vars: { HOMEASSISTANT_KNOWN_HOSTS: other } })).toContain(
        `${address} has none of the host keys in HOMEASSISTANT_KNOWN_HOSTS`,
      );
      expect(host.logins()).toBe(0);
    });

    it('with the wrong passphrase', async () => {
      const log = await refused({ secrets: { HOMEASSISTANT_SSH_PASSPHRASE: 'wrong' } });
      expect(log).toContain('HOMEASSISTANT_SSH_PASSPHRASE is not its passphrase');
    });

    it('with a key that has none', async () => {
      const log = await refused({ secrets: { HOMEASSISTANT_SSH_KEY: host.keyWithoutPassphrase } });
      expect(log).toContain('HOMEASSISTANT_SSH_KEY has no passphrase');
    });

    it('without a secret', async () => {
      const log = await refused({ secrets: { HOMEASSISTANT_SSH_KEY: '' } });
      expect(log).toContain('HOMEASSISTANT_SSH_KEY is empty');
    });

    it('as a user whom the host does not know', async () => {
      const log = await refused({ vars: { HOMEASSISTANT_USER: 'nobody-here' } });
      expect(log).toContain('does not take the key for nobody-here');
    });

    it('where nothing listens', async () => {
      expect(await refused({ vars: { HOMEASSISTANT_PORT: '1' } })).toContain('could not be reached');
    });
  });

  describe('leaves the key on the host no other right', () => {
    /** With the key itself, past deploy.sh. */
    async function ssh(...args: readonly string[]) {
      const { address, port, user } = host.sshd;
      const options = [
        'StrictHostKeyChecking=no',
        'UserKnownHostsFile=/dev/null',
        'ControlPath=none',
        'LogLevel=ERROR',
      ];
      const flags = options.flatMap((option) => ['-o', option]);
      const env = { ...process.env, SSH_AUTH_SOCK: join(job.temp, 'homeassistant/agent') };
      const all = [...flags, '-p', String(port), ...args.slice(0, -1), `${user}@${address}`, ...args.slice(-1)];
      return promisify(execFile)('ssh', all, { env, timeout: 20_000 }).then(
        ({ stdout }) => ({ code: 0, output: stdout }),
        ({ code, stdout, stderr }) => ({ code, output: `${stdout}${stderr}` }),
      );
    }
    beforeEach(async () => {
      const leftOut = runs.filter((name) => name !== 'Connect');
      expect((await job.run(given(host.first), leftOut)).status).toBe('success');
    });

    it.each([
      ['a shell', 'cat /etc/passwd'],
      ['a command behind a word', 'health; cat /etc/passwd'],
      ['a command in a word', 'update $(cat /etc/passwd)'],
      ['a revision that is an option', 'update --upload-pack=id'],
      ['a commit that it did not come from', `return ${'a'.repeat(40)}`],
      ['another verb of git', 'git-upload-pack /config'],
      ['another verb of ha', 'ha host reboot'],
      ['nothing', ''],
    ])('%s', async (_, command) => {
      const { code, output } = await ssh(command);
      expect(code).not.toBe(0);
      expect(output).toMatch(/^gate: /);
      expect(output).not.toContain('root:');
      expect([host.asked(), host.head()]).toEqual([[], host.first]);
    });

    it('a file, a tunnel', async () => {
      // What is no command is one here as well; a subsystem says nothing on standard error.
      expect(await ssh('-s', 'sftp')).toEqual({ code: 2, output: '' });
      const { code, output } = await ssh('-W', `127.0.0.1:${host.sshd.port}`, '');
      expect([code, output]).toEqual([255, expect.stringContaining('forwarding failed')]);
    });
  });
});
