import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from '../story/stack.ts';
import { type ComposeStack, composeStack, overlayImages } from '../support/compose-stack.ts';
import { docker } from '../support/docker-cli.ts';
import { temporaryFolder } from '../support/processes.ts';
import { needs } from '../support/services.ts';

const minute = 60_000;
const missing = needs('docker') || needs('compose');
const name = 'rw-own-user';
const operator = 1000;
const data = '/var/lib/runnerwatch';

describe.skipIf(missing || process.getuid?.() !== 0)('the user that Runnerwatch runs as', () => {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  let compose: ComposeStack;
  const inside = async (...command: readonly string[]) => (await compose.exec('runnerwatch', ...command)).output.trim();
  const up = () => compose.compose([], 'up', '--detach', '--no-build', '--wait', 'runnerwatch');

  beforeAll(async () => {
    await buildImage();
    compose = stack.use(await composeStack({ name, subnet: '172.31.228' }));
    await up();
  }, 12 * minute);
  afterAll(() => stack.disposeAsync(), minute);

  it('is one whom no host has: neither root, nor a person, nor a service, nor nobody', async () => {
    const [user, group] = [Number(await inside('id', '-u')), Number(await inside('id', '-g'))];
    expect(group).toBe(user);
    // systemd hands out numbers up to 65519; 65534 is nobody.
    expect(user).toBeGreaterThan(65_519);
    expect(user).toBeLessThan(65_534);
    const image = await docker('image', 'inspect', '--format', '{{.Config.User}}', overlayImages.RUNNERWATCH_IMAGE);
    expect(image).toBe(`${user}:${group}`);
  });

  it("reads no private file of the host's users, and none but its own", async () => {
    chmodSync(folder.path, 0o755);
    for (const [file, mode] of [
      ['private', 0o600],
      ['open', 0o644],
    ] as const) {
      writeFileSync(join(folder.path, file), 'words', { mode });
      chownSync(join(folder.path, file), operator, operator);
    }
    const read = (file: string) => compose.exec('runnerwatch', 'cat', join('/host/root', folder.path, file));
    expect(await read('open')).toEqual({ code: 0, output: 'words' });
    expect(await read('private')).toMatchObject({ code: 1, output: expect.stringContaining('Permission denied') });
  });

  it('owns its data, and reads its secrets', async () => {
    expect(await inside('stat', '-c', '%u', data)).toBe(await inside('id', '-u'));
    expect(await inside('cat', '/run/secrets/recovery_token')).toBe('recovery-token-of-the-test');
  });

  it(
    'takes over the data that an earlier image wrote as another user',
    async () => {
      await compose.compose([], 'stop', 'runnerwatch');
      const volume = ['--volume', `${name}_runnerwatch-data:/data`, '--volume', `${folder.path}:/host`];
      const earlier = [
        'ln -s /host/open /data/link',
        `chown -R -h ${operator}:${operator} /data`,
        'chmod 700 /data /data/audit',
      ];
      await docker('run', '--rm', ...volume, 'busybox:stable', 'sh', '-c', earlier.join(' && '));
      await up();
      const user = await inside('id', '-u');
      const others = await inside('find', data, '!', '-user', user);
      expect(others).toBe('');
      expect(await inside('stat', '-c', '%u %a', `${data}/audit`)).toBe(`${user} 700`);
      const records = await inside('grep', '-c', '"runnerwatch-started"', `${data}/audit/audit.jsonl`);
      expect(Number(records)).toBe(2);
      expect(await inside('stat', '-c', '%u', join('/host/root', folder.path, 'open'))).toBe(String(operator));
    },
    minute,
  );
});
