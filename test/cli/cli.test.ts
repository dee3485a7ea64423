import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { planted } from '../config/planted.ts';
import { fixtures, root, runCli } from './run-cli.ts';

const commands = [
  'start',
  'check-config',
  'config-schema',
  'firewall-targets',
  'rules',
  'runners',
  'alerts',
  'queue',
  'deployments',
  'healthcheck',
  'host-keys',
  'audit',
  'completion',
];

describe.concurrent('runnerwatch', () => {
  it('--version is the one of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await runCli(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('--help lists every command and shows examples', async () => {
    const { code, out } = await runCli(['--help']);
    expect(code).toBe(0);
    const [, section = ''] = /^Commands:\n([\s\S]*?)\n\n/m.exec(out) ?? [];
    expect([...section.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name)).toEqual(commands);
    expect(out).toContain('Examples:\n  runnerwatch start ');
  });

  it.each([
    [[], 'Usage: runnerwatch [options] [command]'],
    [['strat'], "error: unknown command 'strat'\n(Did you mean start?)"],
    [['start', '--confg', 'x'], "error: unknown option '--confg'\n(Did you mean --config?)"],
    [['rules', 'check'], "error: missing required argument 'file'"],
    [
      ['completion', 'tcsh'],
      "error: command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.",
    ],
  ])('%j is a wrong command line and ends with 2', async (args, message) => {
    const { code, out, err } = await runCli(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

describe.concurrent('check-config', () => {
  it('says what it checked', async () => {
    const { code, out, err } = await runCli(['check-config', 'examples/runnerwatch.yml']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^OK configuration: examples\/runnerwatch\.yml\nOK rules: \d+ in \d+ files\n$/);
  });

  it('says every problem of the files that the configuration names', async () => {
    const { code, out, err } = await runCli(['check-config', 'documents.yml'], { cwd: fixtures });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`${fixtures}/broken.rules.yml:5: `);
    expect(err).toContain(`${fixtures}/broken.alertmanager.yml:2: `);
  });

  it('says what is wrong with file and environment, and no secret', async () => {
    const env = { RUNNERWATCH_LOG_LEVEL: 'loud', GITHUB_TOKEN: 'ghs_fromenvironment', GITHUB_TOKEN_FILE: 'secret.txt' };
    const { code, err } = await runCli(['check-config', 'bad-recovery-text.yml'], { cwd: fixtures, env });
    expect(code).toBe(1);
    expect(err.trimEnd().split('\n')).toEqual([
      'environment: GITHUB_TOKEN_FILE: found it beside GITHUB_TOKEN, expected one of the two. Unset one of them',
      'environment: RUNNERWATCH_LOG_LEVEL: found "loud", expected one of debug, info, warn, error. Correct the value',
      'bad-recovery-text.yml:1: recovery: found a value, expected a mapping. Correct the value',
    ]);
    for (const secret of planted) expect(err).not.toContain(secret);
  });

  it('--print shows all that is in force, but no secret', async () => {
    const env = { GITHUB_TOKEN: 'ghs_fromenvironment', RUNNERWATCH_RECOVERY_TOKEN_FILE: 'secret.txt' };
    const { code, out } = await runCli(['check-config', '--print'], { cwd: fixtures, env });
    expect(code).toBe(0);
    expect(parse(out)).toMatchObject({
      github: { token: '[secret]' },
      recovery: { token_file: `${fixtures}/secret.txt`, grace: '90s' },
      collectors: { icmp: { enabled: true } },
    });
    for (const secret of planted) expect(out).not.toContain(secret);
  });

  it('warns of a variable that is no setting', async () => {
    const { code, err } = await runCli(['check-config'], { env: { RUNNERWATCH_LISTN: 'x' } });
    expect(code).toBe(0);
    expect(err).toBe('warning: RUNNERWATCH_LISTN is no setting and was ignored; did you mean RUNNERWATCH_LISTEN?\n');
  });
});

describe.concurrent('config-schema, rules check and start', () => {
  it('print the JSON Schema', async () => {
    const { code, out } = await runCli(['config-schema']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ title: 'runnerwatch.yml', additionalProperties: false });
  });

  it('check every file, and end with 1 where one is bad', async () => {
    const good = 'prometheus/rules/host.rules.yml';
    const { code, out, err } = await runCli([
      'rules',
      'check',
      good,
      'test/fixtures/config/broken.rules.yml',
      'gone.yml',
    ]);
    expect(code).toBe(1);
    expect(out).toMatch(/^OK prometheus\/rules\/host\.rules\.yml: \d+ groups, \d+ rules\n$/);
    expect(err).toContain('test/fixtures/config/broken.rules.yml:5: ');
    expect(err).toContain('gone.yml: found no readable file (ENOENT). ');
    expect((await runCli(['rules', 'check', good])).code).toBe(0);
  });

  it('refuse to start with a bad configuration', async () => {
    const { code, err } = await runCli(['start', '--config', 'bad-listen.yml'], { cwd: fixtures });
    expect(code).toBe(1);
    expect(err).toBe(readFileSync(join(fixtures, 'bad-listen.expected'), 'utf8'));
  });
});
