import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSshd } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { needs } from '../support/services.ts';
import { keyFolder } from '../support/ssh.ts';
import { waitUntil } from '../support/wait.ts';

const labels = 'target="nas",address="127.0.0.1",module="ssh"';

describe.skipIf(needs('sshd'))('a target with a login', () => {
  const keys = keyFolder();
  beforeAll(() => keys.make('good'));
  afterAll(() => keys[Symbol.dispose]());

  const startQuiet = (port?: number) =>
    startSshd({ authorizedKeys: keys.publicKey('good'), config: 'LogLevel INFO', ...(port && { port }) });
  type Sshd = Awaited<ReturnType<typeof startQuiet>>;

  function settingsFor({ port, user: username }: Sshd, ssh: object = {}) {
    const login = { port, username, private_key_file: keys.file('good'), command: 'echo fine', expect_output: 'fine' };
    return {
      docker: { host: 'unix:///nonexistent/docker.sock' },
      collectors: { host: { enabled: false }, ssh: { interval: '1s' } },
      targets: [{ name: 'nas', address: '127.0.0.1', modules: ['ssh'], ssh: { ...login, ...ssh } }],
    };
  }

  /** Lines of sshd's log that begin so. */
  const count = ({ output }: Sshd, begin: string): number =>
    output()
      .split(/\r?\n/)
      .filter((line) => line.startsWith(begin)).length;

  it('has one line in the log of sshd for many probes, one more after a reload, and ends with the server', async () => {
    await using sshd = await startQuiet();
    const server = await startServer({ settings: settingsFor(sshd) });
    const value = async (name: string) => seriesValue(await server.metrics(), `${name}{${labels}}`);
    const isReused = async () => (await value('runnerwatch_probe_ssh_connection_reused')) === 1;
    await waitUntil(isReused, { timeoutMs: 10_000, what: () => sshd.output() });
    expect(await value('probe_success')).toBe(1);
    expect(await value('runnerwatch_probe_ssh_host_key_match')).toBe(1);
    expect([count(sshd, 'Accepted'), count(sshd, 'Disconnected')]).toEqual([1, 0]);

    expect(await server.reload()).toEqual({ ok: true });
    await waitUntil(isReused, { timeoutMs: 10_000, what: () => sshd.output() });
    expect([count(sshd, 'Accepted'), count(sshd, 'Disconnected')]).toEqual([2, 1]);

    await server[Symbol.asyncDispose]();
    await waitUntil(() => count(sshd, 'Disconnected') === 2, { timeoutMs: 5000, what: () => sshd.output() });
  });

  it('says that its key changed, since when, and goes on saying so until the new one is pinned', async () => {
    // A session would live on without its server, and keep it from ending.
    const fresh = { handshake_interval: '0s' };
    const before = await startQuiet();
    await using server = await startServer({ settings: settingsFor(before, fresh) });
    const value = async (name: string) => seriesValue(await server.metrics(), `${name}{${labels}}`);
    const match = 'runnerwatch_probe_ssh_host_key_match';
    const waitFor = (wanted: number) =>
      waitUntil(async () => (await value(match)) === wanted, { timeoutMs: 15_000, what: () => `${match} ${wanted}` });
    await waitFor(1);
    await before[Symbol.asyncDispose]();

    await using after = await startQuiet(before.port);
    await waitFor(0);
    expect(await value('probe_success')).toBe(0);
    const since = await value('runnerwatch_probe_ssh_host_key_changed_timestamp_seconds');
    expect(since).toBeGreaterThan(Date.now() / 1000 - 60);
    await server.reload();
    await waitFor(0);
    expect(await value('runnerwatch_probe_ssh_host_key_changed_timestamp_seconds')).toBe(since);
    expect(count(after, 'Accepted')).toBe(0);

    server.configure(settingsFor(after, { ...fresh, host_key: [after.fingerprint] }));
    await server.reload();
    await waitFor(1);
    expect(await value('runnerwatch_probe_ssh_host_key_changed_timestamp_seconds')).toBeUndefined();
  });
});
