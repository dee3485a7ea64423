import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { memoryPorts } from './memory-ports.ts';

const files = { '/run/secrets/app.pem': 'a key\n' };

describe('a GitHub App from the environment', () => {
  it('needs its id and its key', async () => {
    const env = { GITHUB_APP_ID: '12345', GITHUB_APP_PRIVATE_KEY_FILE: '/run/secrets/app.pem' };
    const { config } = await loadConfig(memoryPorts({ files, env }));
    expect(config.github.app).toMatchObject({ id: '12345', private_key: { kind: 'file' } });
  });

  it.each([
    [{ GITHUB_APP_ID: '12345' }, 'environment: GITHUB_APP_ID: found it without private_key, expected both'],
    [
      { GITHUB_APP_PRIVATE_KEY_FILE: '/run/secrets/app.pem' },
      'environment: GITHUB_APP_PRIVATE_KEY_FILE: found it without id, expected both',
    ],
    [{ GITHUB_APP_PRIVATE_KEY: 'a key' }, 'environment: GITHUB_APP_PRIVATE_KEY: found it without id, expected both'],
  ])('of which one is missing is told by its variable: %o', async (env, message) => {
    const ports = memoryPorts({ files, env: env as Record<string, string> });
    await expect(loadConfig(ports)).rejects.toThrow(message);
  });
});
