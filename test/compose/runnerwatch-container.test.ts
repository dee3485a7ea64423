import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from '../story/stack.ts';
import { type ComposeStack, composeStack, overlayImages } from '../support/compose-stack.ts';
import { docker, tryDocker } from '../support/docker-cli.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue } from '../support/server.ts';
import { imageTag, needs } from '../support/services.ts';

const minute = 60_000;
const missing = needs('docker') || needs('compose');
const name = 'rw-container';
const subnet = '172.31.228';
const operator = 1000;
const data = '/var/lib/runnerwatch';

const stack = new AsyncDisposableStack();
const folder = stack.use(temporaryFolder());
let compose: ComposeStack;
const inside = async (...command: readonly string[]) => (await compose.exec('runnerwatch', ...command)).output.trim();
const up = () => compose.compose([], 'up', '--detach', '--no-build', '--wait', 'runnerwatch');

beforeAll(async () => {
  if (missing) return;
  await buildImage();
  compose = stack.use(await composeStack({ name, subnet }));
  await up();
}, 12 * minute);
afterAll(() => stack.disposeAsync(), minute);

describe.skipIf(missing || process.getuid?.() !== 0)('the user that Runnerwatch runs as', () => {
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

describe.skipIf(missing)("Runnerwatch's addresses", () => {
  /** Asks as a job does, from a container on the runners' network: the status, or how curl failed. */
  async function fromRunners(address: string, path: string, ...flags: readonly string[]): Promise<string> {
    const curl = ['curl', '-s', '-m', '5', '-o', '/dev/null', '-w', '%{http_code} %{exitcode}', ...flags];
    const container = ['run', '--rm', '--network', `${name}-runners`, '--entrypoint', 'timeout'];
    const image = imageTag('RUNNER_STANDIN_IMAGE');
    return (await tryDocker(...container, image, '20', ...curl, `http://${address}${path}`)).output;
  }
  const closed = ['/metrics', '/probe?target=x', '/api/v1/runners', '/'];

  async function denied(reason: string): Promise<number | undefined> {
    const metrics = await (await fetch(`${compose.url}/metrics`)).text();
    return seriesValue(metrics, `runnerwatch_runner_access_denied_total{reason="${reason}"}`);
  }

  it('go out, and are published, by its own network', async () => {
    expect(await inside('cat', '/proc/net/route')).toMatch(/^\w+\t00000000\tA1E41FAC\t/m);
    expect((await fetch(`${compose.url}/-/healthy`)).status).toBe(200);
    expect(await compose.exec('runnerwatch', 'runnerwatch', 'healthcheck')).toMatchObject({ code: 0 });
  });

  it(
    'serve runners what they ask for, and nothing else',
    async () => {
      const before = Number(await denied('path'));
      const post = ['-X', 'POST', '-H', 'Content-Type: application/json', '-d', '{}'];
      expect(await fromRunners('runnerwatch-broker:9479', '/api/v1/runner-token', ...post)).toBe('403 0');
      for (const path of closed) expect(await fromRunners('runnerwatch-broker:9479', path)).toBe('404 0');
      expect(await denied('path')).toBe(before + closed.length);
    },
    minute,
  );

  it(
    'cut runners off from the main port, under each of its names and numbers',
    async () => {
      const before = Number(await denied('port'));
      const own = await inside('getent', 'hosts', 'runnerwatch-broker');
      const names = ['runnerwatch', 'runnerwatch-broker', own.split(' ')[0] ?? ''];
      // A reset, which curl may meet before or after it is connected.
      for (const each of names) expect(await fromRunners(`${each}:9478`, '/metrics')).toMatch(/^000 (7|56)$/);
      expect(await denied('port')).toBe(before + names.length);
      const networks = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
      const all = (await docker('inspect', '--format', networks, compose.container('runnerwatch'))).split(' ');
      const others = all.filter((address) => address !== names[2]);
      expect(others).toHaveLength(2);
      for (const address of others) expect(await fromRunners(`${address}:9478`, '/metrics')).toMatch(/^000 (7|28)$/);
    },
    minute,
  );

  it('let Runnerwatch reach itself by its name, on which alerts reach recovery', async () => {
    const ask = `fetch('http://runnerwatch:9478/api/v1/recover', { method: 'POST' }).then(({ status }) => console.log(status))`;
    expect(await inside('node', '-e', ask)).toBe('401');
  });

  it('tell in the audit log who was denied', async () => {
    const log = await inside('cat', `${data}/audit/audit.jsonl`);
    const told = log.split('\n').filter((line) => line.includes('"runner-access-denied"'));
    expect(told.map((line) => JSON.parse(line).labels)).toContainEqual({
      address: expect.stringMatching(/^172\.31\.228\./),
      path: 'GET /metrics',
      reason: 'path',
    });
  });
});
