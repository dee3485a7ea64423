import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { keysOf } from '../../src/config/keys.ts';
import { type LoadedConfig, loadConfig } from '../../src/config/load.ts';
import { effectiveSettings } from '../../src/config/redact.ts';
import { Settings } from '../../src/config/schema.ts';
import { readSecret } from '../../src/lib/secret.ts';
import { memoryPorts } from './memory-ports.ts';
import { planted } from './planted.ts';

const files = {
  '/work/runnerwatch.yml': 'github: {token_file: secrets/github}\nrecovery: {token: ghs_plantedsecret}\n',
  '/work/secrets/github': 'ghs_fromfile\n',
  '/run/secrets/github': 'ghs_fromenvironment\r\n',
};

async function tokenOf({ config }: LoadedConfig, of = files as Record<string, string>): Promise<string | undefined> {
  const { token } = config.github;
  return token && readSecret(token, memoryPorts({ files: of }).readFile);
}

describe('a secret', () => {
  it('comes from a file beside the configuration, without its line end', async () => {
    expect(await tokenOf(await loadConfig(memoryPorts({ files })))).toBe('ghs_fromfile');
  });

  it('is read anew at each use, so that it can be rotated', async () => {
    const loaded = await loadConfig(memoryPorts({ files }));
    expect(await tokenOf(loaded, { ...files, '/work/secrets/github': 'rotated' })).toBe('rotated');
    const emptied = tokenOf(loaded, { ...files, '/work/secrets/github': '\n' });
    await expect(emptied).rejects.toThrow('/work/secrets/github is empty');
  });

  it.each([
    [{ GITHUB_TOKEN: 'a' }, 'a'],
    [{ GITHUB_TOKEN_FILE: '/run/secrets/github' }, 'ghs_fromenvironment'],
    [{ RUNNERWATCH_GITHUB_TOKEN: 'b', GITHUB_TOKEN: 'a' }, 'b'],
    [{ RUNNERWATCH_GITHUB_TOKEN_FILE: 'secrets/github', GITHUB_TOKEN: 'a' }, 'ghs_fromfile'],
  ])('from the environment replaces the one of the file, in either form: %o', async (env, expected) => {
    expect(await tokenOf(await loadConfig(memoryPorts({ files, env: env as Record<string, string> })))).toBe(expected);
  });

  it.each([
    [
      { GITHUB_TOKEN: 'ghs_plantedsecret', GITHUB_TOKEN_FILE: '/run/secrets/github' },
      'environment: GITHUB_TOKEN_FILE: found it beside GITHUB_TOKEN, expected one of the two. Unset one of them',
    ],
    [
      { GITHUB_TOKEN_FILE: '/gone' },
      'environment: GITHUB_TOKEN_FILE: found no readable file at /gone (ENOENT). Correct the path or the file and its permissions',
    ],
    [
      { RUNNERWATCH_RECOVERY_TOKEN_FILE: '/empty' },
      'environment: RUNNERWATCH_RECOVERY_TOKEN_FILE: found an empty file at /empty, expected the secret in it. Write the secret into it',
    ],
  ])('that cannot be had is told by its variable: %o', async (env, expected) => {
    const ports = memoryPorts({ files: { ...files, '/empty': ' \n' }, env: env as Record<string, string> });
    await expect(loadConfig(ports)).rejects.toThrow(expected);
  });

  it('has a _file twin wherever the schema has one', async () => {
    const secrets = keysOf(Settings).filter(({ node }) => node.secret);
    expect(secrets.length).toBeGreaterThanOrEqual(2);
    const env = Object.fromEntries(secrets.map(({ variable }) => [`${variable}_FILE`, '/run/secrets/github']));
    const { written } = await loadConfig(memoryPorts({ files, env: { ...env, GITHUB_APP_ID: '1' } }));
    expect(JSON.stringify(written).match(/\[secret\]/g)).toHaveLength(secrets.length);
  });

  it('in a list of targets has one too', async () => {
    const ssh = '{username: ci, private_key_file: id, passphrase_file: secrets/github}';
    const yaml = `targets: [{name: nas, address: nas, ssh: ${ssh}}]`;
    const { config } = await loadConfig(memoryPorts({ files: { ...files, '/work/runnerwatch.yml': yaml } }));
    expect(config.targets[0]?.ssh).toMatchObject({
      private_key_file: '/work/id',
      passphrase: { kind: 'file', path: '/work/secrets/github' },
    });
  });

  it('is in nothing that prints', async () => {
    const env = { RUNNERWATCH_GITHUB_TOKEN: 'ghs_fromenvironment' };
    const loaded = await loadConfig(memoryPorts({ files, env }));
    const printed = [inspect(loaded, { depth: 10 }), JSON.stringify(loaded), `${loaded.config.github.token}`];
    for (const text of [...printed, JSON.stringify(effectiveSettings(loaded))]) {
      for (const secret of planted) expect(text).not.toContain(secret);
    }
  });
});

describe('the effective settings', () => {
  it('are complete, loadable, and keep files of secrets by their name', async () => {
    const loaded = await loadConfig(memoryPorts({ files }));
    expect(effectiveSettings(loaded)).toMatchObject({
      listen: '127.0.0.1:9478',
      data_dir: '/home/ci/.local/state/runnerwatch',
      github: { token_file: '/work/secrets/github', api_url: 'https://api.github.com' },
      recovery: { token: '[secret]', grace: '90s', budget: { attempts: 3, window: '1h' } },
    });
    const again = JSON.stringify(effectiveSettings(loaded));
    const reloaded = await loadConfig(memoryPorts({ files: { ...files, '/again.yml': again } }), '/again.yml');
    // Patterns are compiled anew: their texts are compared.
    expect(JSON.parse(JSON.stringify(effectiveSettings(reloaded)))).toEqual(JSON.parse(again));
  });
});
