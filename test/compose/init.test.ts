import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/processes.ts';
import { shipped } from './runner-home.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
  for (const name of ['init.sh', 'settings.sh', 'check-network.sh', '.env.example', 'runnerwatch.example.yml'])
    copyFileSync(shipped(name), join(folder.path, name));
});
afterEach(() => folder[Symbol.dispose]());

function init(env: Readonly<Record<string, string>> = {}): string {
  // Not this machine's networks, which may be in the way.
  const elsewhere = { ROUTES_FILE: '/dev/null', RESOLV_FILE: '/dev/null', DOCKER_HOST: 'unix:///nonexistent' };
  const options = { encoding: 'utf8', env: { PATH: process.env.PATH ?? '', ...elsewhere, ...env } } as const;
  return execFileSync(join(folder.path, 'init.sh'), [], options);
}

const read = (name: string): string => readFileSync(join(folder.path, name), 'utf8');
const mode = (name: string): string => (statSync(join(folder.path, name)).mode & 0o777).toString(8);

describe('init.sh', () => {
  it('makes what the operator owns, closed to others', () => {
    expect(init()).toContain('write a GitHub token');
    expect(read('.env')).toBe(read('.env.example'));
    expect(read('runnerwatch.yml')).toBe(read('runnerwatch.example.yml'));
    expect(read('secrets/recovery_token')).toMatch(/^[\w-]{43}$/);
    expect(read('secrets/grafana_admin_password')).not.toBe(read('secrets/recovery_token'));
    expect([mode('.env'), mode('secrets'), mode('secrets/recovery_token'), mode('runnerwatch.yml')]).toEqual([
      '600',
      '700',
      '444',
      '644',
    ]);
  });

  it('overwrites nothing', () => {
    init({ GITHUB_TOKEN: 'ghp_first' });
    const before = ['.env', 'runnerwatch.yml', 'secrets/recovery_token'].map(read);
    const said = init({ GITHUB_TOKEN: 'ghp_second' });
    expect(said.split('\n').filter((line) => line.startsWith('created'))).toEqual([]);
    expect(['.env', 'runnerwatch.yml', 'secrets/recovery_token'].map(read)).toEqual(before);
    expect(read('secrets/github_token')).toBe('ghp_first');
  });

  it.each([
    ['GITHUB_TOKEN=ghp_plain\n', 'ghp_plain'],
    ['GITHUB_TOKEN="ghp_quoted"\r\n', 'ghp_quoted'],
    ["GITHUB_TOKEN= 'ghp_#quoted'  # mine\n", 'ghp_#quoted'],
    ['GITHUB_TOKEN=ghp_told # mine\n', 'ghp_told'],
    ['GITHUB_TOKEN= # none yet\n', ''],
    ['#GITHUB_TOKEN=ghp_commented\n', ''],
  ])('takes the token over from .env: %j', (line, expected) => {
    execFileSync('tee', [join(folder.path, '.env')], { input: line });
    init();
    expect(read('secrets/github_token')).toBe(expected);
  });

  it('says at the end whether the network is free', () => {
    expect(init()).toContain('free     172.20.0.0/16');
    execFileSync('tee', [join(folder.path, 'runnerwatch.yml')], { input: 'targets: [{ address: 172.20.3.4 }]\n' });
    expect(() => init()).toThrow(/172\.20\.3\.4 in runnerwatch\.yml/);
    expect(init({ RUNNER_SUBNET: '172.21.0.0/16' })).toContain('free     172.21.0.0/16');
  });

  it('does not say that it made what the disk did not take', () => {
    const env = { PATH: process.env.PATH ?? '' };
    const full = ['-c', 'ulimit -f 0; exec "$0" 2>&1', join(folder.path, 'init.sh')];
    const { status, stdout } = spawnSync('bash', full, { encoding: 'utf8', env });
    expect(status).not.toBe(0);
    expect(stdout).not.toContain('created');
    expect(existsSync(join(folder.path, '.env'))).toBe(false);
  });

  it('puts the secrets where .env says', () => {
    execFileSync('tee', [join(folder.path, '.env')], { input: 'SECRETS_DIR="./else where"\n' });
    init();
    expect(mode('else where/recovery_token')).toBe('444');
  });
});
