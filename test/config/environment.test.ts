import { describe, expect, it } from 'vitest';
import { keysOf } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Settings } from '../../src/config/schema.ts';
import { memoryPorts } from './memory-ports.ts';

const load = (env: Record<string, string>, yaml = '') =>
  loadConfig(memoryPorts({ env, files: { '/work/runnerwatch.yml': yaml } }));

const failureOf = (env: Record<string, string>) =>
  load(env).then(
    () => 'loaded',
    (error: Error) => error.message,
  );

describe('a variable', () => {
  it('has a name that no other key has', () => {
    const names = keysOf(Settings).flatMap(({ variable, node }) =>
      node.secret ? [variable, `${variable}_FILE`] : [variable],
    );
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('RUNNERWATCH_RECOVERY_BUDGET_ATTEMPTS');
    expect(names).toContain('RUNNERWATCH_GITHUB_TOKEN_FILE');
  });

  it.each([
    ['text', { RUNNERWATCH_SCRAPE_JOB: '15' }, { scrape: { job: '15' } }],
    ['number', { RUNNERWATCH_HISTORY_MAX_SERIES: '15' }, { history: { max_series: 15 } }],
    ['boolean', { RUNNERWATCH_RECOVERY_DRY_RUN: 'true' }, { recovery: { dry_run: true } }],
    ['duration', { RUNNERWATCH_RECOVERY_GRACE: '1m30s' }, { recovery: { grace: 90_000 } }],
    ['list', { RUNNERWATCH_GITHUB_REPOSITORIES: 'o/a, o/b,' }, { github: { repositories: ['o/a', 'o/b'] } }],
    [
      'YAML',
      { RUNNERWATCH_TARGETS: '[{name: nas, address: 192.0.2.1}]' },
      { targets: [{ name: 'nas', modules: [{ module: 'icmp' }] }] },
    ],
    ['GITHUB_REPOSITORY', { GITHUB_REPOSITORY: 'o/a,o/b' }, { github: { repositories: ['o/a', 'o/b'] } }],
    ['GITHUB_ORG', { GITHUB_ORG: 'octo' }, { github: { organizations: ['octo'] } }],
    ['GITHUB_API_URL', { GITHUB_API_URL: 'http://127.0.0.1:1/api' }, { github: { api_url: 'http://127.0.0.1:1/api' } }],
    ['DOCKER_HOST', { DOCKER_HOST: 'tcp://proxy:2375' }, { docker: { host: 'tcp://proxy:2375' } }],
  ])('is read as its key wants it: %s', async (_, env, expected) => {
    expect((await load(env)).config).toMatchObject(expected);
  });

  it('of our own prefix wins over one that others use too', async () => {
    const { config } = await load({ GITHUB_REPOSITORY: 'o/a', RUNNERWATCH_GITHUB_REPOSITORIES: 'o/b' });
    expect(config.github.repositories).toEqual(['o/b']);
  });

  it('DOCKER_HOST is only a default: the file wins', async () => {
    const yaml = 'docker: {host: "tcp://file:1"}';
    expect((await load({ DOCKER_HOST: 'tcp://env:1' }, yaml)).config.docker.host).toBe('tcp://file:1');
    const both = { DOCKER_HOST: 'tcp://env:1', RUNNERWATCH_DOCKER_HOST: 'tcp://own:1' };
    expect((await load(both, yaml)).config.docker.host).toBe('tcp://own:1');
    expect((await load({ DOCKER_HOST: 'tcp://env:1' }, yaml)).sources).toEqual(['runnerwatch.yml']);
    const bad = load({ DOCKER_HOST: 'tcp://env:1' }, 'docker: {host: nowhere}');
    await expect(bad).rejects.toThrow('runnerwatch.yml:1: docker.host: found "nowhere", expected');
  });

  it('that is empty is not set', async () => {
    const { config, sources } = await load({ GITHUB_TOKEN: '', RUNNERWATCH_LISTEN: '' }, 'listen: :5');
    expect([config.github.token, config.listen.port, sources]).toEqual([undefined, 5, ['runnerwatch.yml']]);
  });

  it('that no key has is a warning with the nearest name', async () => {
    const { warnings } = await load({ RUNNERWATCH_LISTN: ':1', RUNNERWATCH_IMAGE: 'x', RUNNERWATCH_CONFIG: '' });
    expect(warnings).toEqual([
      'RUNNERWATCH_IMAGE is no setting and was ignored',
      'RUNNERWATCH_LISTN is no setting and was ignored; did you mean RUNNERWATCH_LISTEN?',
    ]);
  });

  it.each([
    [
      { RUNNERWATCH_LOG_LEVEL: 'loud' },
      'RUNNERWATCH_LOG_LEVEL: found "loud", expected one of debug, info, warn, error. Correct the value',
    ],
    [
      { RUNNERWATCH_RECOVERY_ENABLED: 'yes' },
      'RUNNERWATCH_RECOVERY_ENABLED: found "yes", expected true or false. Correct the value',
    ],
    [
      { GITHUB_REPOSITORY: 'octo' },
      'GITHUB_REPOSITORY[0]: found "octo", expected a repository as owner/name. Correct the value',
    ],
    [
      { DOCKER_HOST: 'ssh://builder' },
      'DOCKER_HOST: found "ssh://builder", expected an address such as unix:///var/run/docker.sock or tcp://proxy:2375. Correct the value',
    ],
    [
      { RUNNERWATCH_TARGETS: '[{name: nas}]' },
      'RUNNERWATCH_TARGETS[0].address: found nothing, expected a text. Add the missing key',
    ],
    [{ RUNNERWATCH_TARGETS: '[{' }, /^environment: RUNNERWATCH_TARGETS: found invalid YAML: /],
    [
      { RUNNERWATCH_DATA_DIR: 'x', RUNNERWATCH_RULES_FILES: 'a.yml' },
      'RUNNERWATCH_RULES_FILES[0]: found no file at a.yml, expected a Prometheus rule file. Correct the path; a relative one starts at this file',
    ],
  ])('with a wrong text is told by its name: %o', async (env, expected) => {
    const message = await failureOf(env as Record<string, string>);
    if (typeof expected === 'string') expect(message).toBe(`environment: ${expected}`);
    else expect(message.split('\n')[0]).toMatch(expected);
  });
});
