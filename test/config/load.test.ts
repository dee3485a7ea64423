import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { memoryPorts } from './memory-ports.ts';

const ports = memoryPorts;

/** The message that loading fails with. */
async function failureOf(machine: Parameters<typeof memoryPorts>[0], file?: string): Promise<string> {
  return loadConfig(ports(machine), file).then(
    () => 'loaded',
    (error: Error) => error.message,
  );
}

describe('loadConfig', () => {
  it('needs no file and no variable', async () => {
    const { config, file, sources, warnings } = await loadConfig(ports());
    expect({ file, sources, warnings }).toEqual({ file: undefined, sources: [], warnings: [] });
    expect(config).toMatchObject({
      listen: { host: '127.0.0.1', port: 9478 },
      external_url: 'http://127.0.0.1:9478',
      data_dir: '/home/ci/.local/state/runnerwatch',
      log: { level: 'info', format: 'auto' },
      docker: { host: 'unix:///var/run/docker.sock' },
      github: { api_url: 'https://api.github.com', repositories: [], organizations: [] },
      scrape: { job: 'runnerwatch', instance: 'ci-1:9478' },
      rules: { enabled: true, evaluation_interval: 15_000 },
      targets: [],
    });
  });

  it('puts the environment above the file and the file above the defaults', async () => {
    const files = { '/work/runnerwatch.yml': 'listen: :1\nlog:\n  level: debug\nscrape:\n  job: file\n' };
    const env = { RUNNERWATCH_LISTEN: '[::1]:2', RUNNERWATCH_RULES_EVALUATION_INTERVAL: '1m' };
    const { config, sources, file } = await loadConfig(ports({ files, env }));
    expect(config.listen).toEqual({ host: '::1', port: 2 });
    expect(config.log).toEqual({ level: 'debug', format: 'auto' });
    expect(config.scrape).toEqual({ job: 'file', instance: 'ci-1:2' });
    expect(config.rules.evaluation_interval).toBe(60_000);
    expect(config.external_url).toBe('http://[::1]:2');
    expect(file).toBe('/work/runnerwatch.yml');
    expect(sources).toEqual(['runnerwatch.yml', 'RUNNERWATCH_LISTEN', 'RUNNERWATCH_RULES_EVALUATION_INTERVAL']);
  });

  it.each([
    ['what --config names', { '/work/a.yml': 'listen: :1', '/work/runnerwatch.yml': '' }, {}, 'a.yml', '/work/a.yml'],
    ['RUNNERWATCH_CONFIG', { '/b.yml': '' }, { RUNNERWATCH_CONFIG: '/b.yml' }, undefined, '/b.yml'],
    ['the working directory first', { '/work/runnerwatch.yml': '' }, {}, undefined, '/work/runnerwatch.yml'],
    ['/etc then', { '/etc/runnerwatch/runnerwatch.yml': '' }, {}, undefined, '/etc/runnerwatch/runnerwatch.yml'],
  ])('takes the file from %s', async (_, files, env, named, expected) => {
    expect((await loadConfig(ports({ files, env }), named)).file).toBe(expected);
  });

  it.each([
    ['--config', {}, 'gone.yml'],
    ['RUNNERWATCH_CONFIG', { RUNNERWATCH_CONFIG: 'gone.yml' }, undefined],
  ])('refuses a file that %s names and that is not there', async (_, env, named) => {
    expect(await failureOf({ env }, named)).toMatch(/^gone\.yml: found no readable file \(ENOENT\)\. /);
  });

  it('takes a key with nothing behind it as not written', async () => {
    const files = { '/work/runnerwatch.yml': 'log:\n  # level: debug\ngithub:\n  token:\n' };
    const { config } = await loadConfig(ports({ files }));
    expect([config.log.level, config.github.token]).toEqual(['info', undefined]);
  });

  it('names every fault of file and environment at once, each at its place', async () => {
    const files = { '/work/runnerwatch.yml': 'log:\n  level: loud\nrules:\n  evaluation_interval: 1\n' };
    const env = { RUNNERWATCH_HISTORY_MAX_SERIES: 'many', RUNNERWATCH_SCRAPE_JOB: 'x' };
    expect((await failureOf({ files, env })).split('\n')).toEqual([
      'runnerwatch.yml:2: log.level: found "loud", expected one of debug, info, warn, error. Correct the value',
      'runnerwatch.yml:4: rules.evaluation_interval: found 1, expected a duration such as 30s, 5m or 1h30m. Correct the value',
      'environment: RUNNERWATCH_HISTORY_MAX_SERIES: found "many", expected a number. Correct the value',
    ]);
  });

  it('resolves paths from the file at its directory, from the environment at the working directory', async () => {
    const files = {
      '/etc/rw/r.yml': 'data_dir: data\nrules: {files: ["*.rules.yml"]}\nalertmanager: {config_file: am.yml}\n',
      '/etc/rw/a.rules.yml': '',
      '/etc/rw/am.yml': '',
      '/work/am.yml': '',
    };
    const fromFile = (await loadConfig(ports({ files }), '/etc/rw/r.yml')).config;
    expect(fromFile).toMatchObject({
      data_dir: '/etc/rw/data',
      rules: { files: ['/etc/rw/a.rules.yml'] },
      alertmanager: { config_file: '/etc/rw/am.yml' },
    });
    const env = { RUNNERWATCH_DATA_DIR: 'data', RUNNERWATCH_ALERTMANAGER_CONFIG_FILE: 'am.yml' };
    const fromEnvironment = (await loadConfig(ports({ files, env }), '/etc/rw/r.yml')).config;
    expect(fromEnvironment.data_dir).toBe('/work/data');
    expect(fromEnvironment.alertmanager.config_file).toBe('/work/am.yml');
  });

  it('warns of what is odd and notes what it decided', async () => {
    const files = {
      '/am.yml': '',
      '/work/runnerwatch.yml': 'rules: {enabled: false}\nalertmanager: {config_file: /am.yml}',
    };
    const { warnings, notes } = await loadConfig(ports({ files }));
    expect(warnings).toEqual(['alertmanager.config_file is not used, because rules.enabled is false']);
    expect(notes).toEqual([
      'data is kept in /home/ci/.local/state/runnerwatch, because /var/lib/runnerwatch is not writable',
      'no runner is restarted, because recovery.token is not set: /api/v1/recover refuses every call',
    ]);
  });

  it('says where the links of escalations lead that nobody else can reach, and that chains are not used', async () => {
    const chain = '{name: a, matchers: [a=b], steps: [{after: 0s, receiver: r}]}';
    const text = `alertmanager: {config_file: /am.yml}\nescalations: [${chain}]\n`;
    const files = { '/am.yml': 'route: {receiver: r}\nreceivers: [{name: r}]', '/work/runnerwatch.yml': text };
    const note = 'links that acknowledge alerts lead to the address of listen, because external_url is not set';
    expect((await loadConfig(ports({ files }))).notes).toContain(note);
    const env = { RUNNERWATCH_EXTERNAL_URL: 'https://rw.example', RUNNERWATCH_RULES_ENABLED: 'false' };
    const { notes, warnings } = await loadConfig(ports({ files, env }));
    expect(notes).not.toContain(note);
    expect(warnings).toContain('escalations is not used, because rules.enabled is false');
  });

  it('warns of a glob that matches no rule file', async () => {
    const files = { '/work/runnerwatch.yml': 'rules: {files: ["rules/*.yml"]}' };
    expect((await loadConfig(ports({ files }))).warnings).toEqual(['rules.files: no file matches rules/*.yml']);
  });
});

describe('the data directory', () => {
  it.each([
    [
      'STATE_DIRECTORY',
      { STATE_DIRECTORY: '/var/lib/private/rw:/other' },
      ['/var/lib/runnerwatch'],
      '/var/lib/private/rw',
    ],
    ['the system place where it is writable', {}, ['/var/lib/runnerwatch'], '/var/lib/runnerwatch'],
    ['XDG_STATE_HOME', { XDG_STATE_HOME: '/state' }, [], '/state/runnerwatch'],
    ['the home directory', {}, [], '/home/ci/.local/state/runnerwatch'],
  ])('is %s', async (_, env, writable, expected) => {
    expect((await loadConfig(ports({ env, writable }))).config.data_dir).toBe(expected);
  });
});
