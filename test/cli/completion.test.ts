import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { root, runCli } from './run-cli.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
const scripts: Record<string, string> = {};

beforeAll(async () => {
  const ended = await Promise.all(shells.map((shell) => runCli(['completion', shell])));
  for (const [index, shell] of shells.entries()) scripts[shell] = ended[index]?.out ?? '';
});

/** What bash offers for the last of these words. */
function complete(words: readonly string[]): readonly string[] {
  const setUp = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
  const script = `${scripts.bash}\n${setUp}\n_runnerwatch\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8', cwd: root });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

describe('completion', () => {
  it.each([
    [['runnerwatch', 'che'], ['check-config']],
    [['runnerwatch', 'run'], ['runners']],
    [['runnerwatch', '--v'], ['--version']],
    [
      ['runnerwatch', 'rules', ''],
      ['check', 'test', 'list', '--help'],
    ],
    [
      ['runnerwatch', 'audit', ''],
      ['verify', 'export', '--help'],
    ],
    [['runnerwatch', 'audit', 'export', '--runner', 'a', '--s'], ['--since']],
    [['runnerwatch', 'audit', 'verify', 'package.'], ['package.json']],
    [['runnerwatch', 'completion', 'z'], ['zsh']],
    [['runnerwatch', 'alerts', '--json', '--u'], ['--url']],
    [['runnerwatch', 'alerts', 'resend', '--to', 'team', '--al'], ['--all']],
    [['runnerwatch', 'alerts', 'wh'], ['why']],
    [
      ['runnerwatch', 'runners', ''],
      ['why', 'pause', 'release', 'cordon', 'uncordon', 'drain', '--url', '--json', '--help'],
    ],
    [['runnerwatch', 'runners', 'pause', '--re'], ['--reason']],
    [['runnerwatch', 'alerts', '--url', 'http://ci-1:9478', '--j'], ['--json']],
    [['runnerwatch', 'start', '--config', 'package.'], ['package.json']],
    [['runnerwatch', 'check-config', 'biome'], ['biome.json']],
    [['runnerwatch', 'rules', 'check', 'prometheus/rules/host.r'], ['prometheus/rules/host.rules.yml']],
    [['runnerwatch', 'rules', 'check', 'package.json', 'biome'], ['biome.json']],
  ])('bash offers for %j: %j', (words, expected) => {
    expect(complete(words)).toEqual(expected);
  });

  it.each(shells)('%s knows every command and flag', (shell) => {
    for (const word of ['start', 'check-config', 'rules', 'check', 'healthcheck', 'fish', 'config', 'print', 'json']) {
      expect(scripts[shell]).toMatch(new RegExp(`\\b${word}\\b`));
    }
  });
});
