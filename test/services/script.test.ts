import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { docker, imageTag } from '../support/docker-cli.ts';
import { temporaryFolder } from '../support/processes.ts';
import { needs, type ServiceName } from '../support/services.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/services.sh', import.meta.url));
const ALL: readonly ServiceName[] = [
  'compose',
  'prometheus',
  'promtool',
  'alertmanager',
  'amtool',
  'sshd',
  'ping',
  'chromium',
];

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Result> {
  const { promise, resolve } = Promise.withResolvers<Result>();
  const child = execFile(
    'bash',
    [SCRIPT, ...args],
    { env: { ...process.env, ...env }, timeout: 60_000 },
    (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
  );
  return promise;
}

describe('npm run services', () => {
  it('explains itself', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const word of ['install', 'start', 'images', 'env', 'stop', 'RUNNERWATCH_SERVICES_HOME'])
      expect(stdout).toContain(word);
    expect(stdout).not.toContain('set -e');
  });

  it('refuses a command that it does not know', async () => {
    expect(await run(['strat'])).toMatchObject({ code: 2, stderr: expect.stringContaining("unknown command 'strat'") });
  });

  it('prints a PATH line for a shell', async () => {
    const { stdout } = await run(['env'], { RUNNERWATCH_SERVICES_HOME: '/srv/services' });
    expect(stdout).toBe('export PATH=/srv/services/bin:$PATH\n');
  });

  it('stops nothing that it did not start', async () => {
    using home = temporaryFolder({ 'dockerd.pid': String(process.pid) });
    expect(await run(['stop'], { RUNNERWATCH_SERVICES_HOME: home.path })).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });
});

describe.skipIf(needs('docker') || ALL.some(needs))('npm run services, where everything is there', () => {
  it('changes nothing and is done in seconds', async () => {
    const images = async () =>
      (await docker('images', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}')).split('\n').sort();
    const before = await images();
    const from = performance.now();
    const { code, stdout } = await run([]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('everything is installed')]);
    expect(performance.now() - from).toBeLessThan(10_000);
    expect(await images()).toEqual(before);
  });

  it('has left every image that the compose stack names', async () => {
    const keys = ['BUSYBOX', 'DEBIAN', 'NODE', 'HAPROXY', 'PROMETHEUS', 'ALERTMANAGER', 'RUNNER', 'RUNNER_STANDIN'];
    const tags = keys.map((key) => imageTag(`${key}_IMAGE`));
    const ids = await docker('image', 'inspect', '--format', '{{.Id}}', ...tags);
    expect(ids.split('\n')).toHaveLength(tags.length);
  });
});
