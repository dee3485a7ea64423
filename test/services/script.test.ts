import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { docker, tryDocker } from '../support/docker-cli.ts';
import { temporaryFolder } from '../support/processes.ts';
import { imageTag, needs, type ServiceName } from '../support/services.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const SCRIPT = `${PROJECT}/scripts/services.sh`;
const ALL: readonly ServiceName[] = [
  'compose',
  'prometheus',
  'promtool',
  'alertmanager',
  'amtool',
  'sshd',
  'ping',
  'chromium',
  'openapi',
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
    for (const word of ['install', 'openapi', 'start', 'images', 'env', 'stop', 'RUNNERWATCH_SERVICES_HOME'])
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
  const keys = ['BUSYBOX', 'DEBIAN', 'NODE', 'HAPROXY', 'PROMETHEUS', 'ALERTMANAGER', 'RUNNER_STANDIN'];
  const tags = keys.map((key) => imageTag(`${key}_IMAGE`));
  const images = () => docker('image', 'inspect', '--format', '{{.Id}}', ...tags);

  it('changes nothing and is done in seconds', async () => {
    const before = await images();
    const from = performance.now();
    const { code, stdout } = await run([]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('everything is installed')]);
    expect(performance.now() - from).toBeLessThan(10_000);
    expect(await images()).toBe(before);
  });
});

describe.skipIf(needs('docker'))('npm run services, where it cannot go on', () => {
  const mounts = ['scripts', 'test/images'].map((path) => `--volume=${PROJECT}/${path}:/project/${path}:ro`);
  const bare = (...args: readonly string[]) =>
    tryDocker(
      'run',
      '--rm',
      ...mounts,
      ...args,
      imageTag('DEBIAN_IMAGE'),
      'bash',
      '/project/scripts/services.sh',
      'install',
    );

  it('asks for root, and says what is missing', async () => {
    const { code, output } = await bare('--user=1000');
    expect(code).toBe(1);
    expect(output).toMatch(/^services: missing: .*docker.io.* prometheus .*$/m);
    expect(output).toContain('installing needs root: sudo npm run services -- install');
  });

  it('names the way out on a system that is not Debian', async () => {
    using folder = temporaryFolder({ 'os-release': 'ID=fedora\n' });
    const { code, output } = await bare(`--volume=${folder.path}/os-release:/etc/os-release:ro`);
    expect([code, output]).toEqual([1, expect.stringContaining('installs on Debian only')]);
  });

  it('shows the end of the output of the step that failed, without a network', async () => {
    const { code, output } = await bare('--network=none');
    expect(code).toBe(1);
    expect(output).toContain('E: Unable to locate package');
    expect(output).toMatch(
      /failed with exit code 100; its whole output is in \/opt\/runnerwatch-services\/log\/.*\.log$/m,
    );
    expect(output).toContain("check that 'apt-get update' works here");
  });
});
