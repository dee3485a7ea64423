import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretFile, secretText } from '../../../src/lib/secret.ts';
import { startSshd, temporaryFolder } from '../../support/processes.ts';
import { binary, needs } from '../../support/services.ts';
import { keyFolder, sshUnderTest } from '../../support/ssh.ts';

const ssh = sshUnderTest();
const { probe } = ssh;

describe.skipIf(needs('sshd'))('createSsh with the real sshd', () => {
  const keys = keyFolder();
  let server: Awaited<ReturnType<typeof startSshd>>;

  beforeAll(async () => {
    keys.make('good');
    keys.make('locked', 'open sesame');
    keys.make('old', 'open sesame', 'rsa');
    keys.make('curve', 'open sesame', 'ecdsa');
    keys.make('stranger');
    const authorizedKeys = ['good', 'locked', 'old', 'curve'].map(keys.publicKey).join('');
    server = await startSshd({ authorizedKeys });
  });
  afterAll(async () => {
    ssh[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
    keys[Symbol.dispose]();
  });

  const login = (privateKeyFile: string) => ({ port: server.port, username: server.user, privateKeyFile });
  const pin = (fingerprint: string) => ({ hostKeys: [{ type: undefined, fingerprint }] });

  it('ends after the host key without a user, and tries no login', async () => {
    const found = await probe({ port: server.port });
    expect(found).toMatchObject({
      failure: undefined,
      detail: undefined,
      hostKey: { type: 'ssh-ed25519', fingerprint: server.fingerprint },
    });
    expect([...found.phases.keys()]).toEqual(['resolve', 'connect', 'banner', 'handshake']);
    await expect.poll(() => server.output()).toMatch(/Received disconnect|Connection closed/);
    expect(server.output()).not.toMatch(/Failed|Invalid user/);
  });

  it('logs in with a key file', async () => {
    const found = await probe({ ...login(keys.file('good')), ...pin(server.fingerprint) });
    expect(found.failure).toBeUndefined();
    expect([...found.phases.keys()]).toEqual(['resolve', 'connect', 'banner', 'handshake', 'login']);
  });

  it('fails at a key that the server does not know', async () => {
    expect(await probe(login(keys.file('stranger')))).toMatchObject({ failure: 'auth' });
  });

  it('offers nothing to a server whose host key is not the pinned one', async () => {
    const before = server.output().length;
    const other = pin(`SHA256:${'A'.repeat(43)}`);
    expect(await probe({ ...login(keys.file('good')), ...other })).toMatchObject({
      failure: 'host-key',
      hostKey: { fingerprint: server.fingerprint },
      trusted: false,
      detail: `the host key is ${server.fingerprint} (ssh-ed25519), not a pinned one`,
    });
    expect(server.output().slice(before)).not.toContain('Accepted');
  });

  it('opens a key with its passphrase, from the configuration or a file that is read at each login', async () => {
    using secrets = temporaryFolder({ passphrase: 'open sesame\n' });
    const path = join(secrets.path, 'passphrase');
    expect(await probe({ ...login(keys.file('locked')), passphrase: secretText('open sesame') })).toMatchObject({
      failure: undefined,
    });
    expect(await probe({ ...login(keys.file('locked')), passphrase: secretFile(path) })).toMatchObject({
      failure: undefined,
    });
    secrets[Symbol.dispose]();
    expect(await probe({ ...login(keys.file('locked')), passphrase: secretFile(path) })).toMatchObject({
      failure: 'auth',
    });
  });

  it.each(['old', 'curve'])('opens the encrypted key %s, of RSA or ECDSA', async (name) => {
    const check = { ...login(keys.file(name)), passphrase: secretText('open sesame') };
    expect(await probe(check)).toMatchObject({ failure: undefined });
  });

  it('goes on with everything else while it opens a key', async () => {
    using fresh = sshUnderTest();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const opened = await fresh.probe({ ...login(keys.file('locked')), passphrase: secretText('open sesame') });
    delay.disable();
    expect(opened.failure).toBeUndefined();
    // To try the passphrase takes some 300 ms of CPU.
    const spent = opened.phases.get('login') ?? 0;
    expect(delay.max / 1e6).toBeLessThan(spent / 2);
  });

  it("logs in with an agent's key", async () => {
    const agent = keys.file('agent.sock');
    const pid = Number(
      /AGENT_PID=(\d+)/.exec(execFileSync(binary('ssh-agent'), ['-s', '-a', agent], { encoding: 'utf8' }))?.[1],
    );
    try {
      execFileSync(binary('ssh-add'), ['-q', keys.file('good')], {
        env: { ...process.env, SSH_AUTH_SOCK: agent },
        stdio: 'ignore',
      });
      const check = { port: server.port, username: server.user };
      expect(await probe({ ...check, agent })).toMatchObject({ failure: undefined });
      expect(await probe({ ...check, agent: keys.file('no.sock') })).toMatchObject({ failure: 'auth' });
    } finally {
      process.kill(pid);
    }
  });

  it.each([
    ['a wrong passphrase', 'locked', secretText('wrong-word-1234')],
    ['no passphrase', 'locked', undefined],
    ['a file that is no key', 'good.pub', undefined],
    ['a file that is not there', 'gone', undefined],
  ])('names the file and no secret with %s', async (_, name, passphrase) => {
    const found = await probe({ ...login(keys.file(name)), passphrase });
    expect(found.failure).toBe('auth');
    expect(found.detail).toContain(name);
    expect(JSON.stringify(found)).not.toMatch(/wrong-word|BEGIN|AAAA/);
  });

  it('runs a command and compares its exit code', async () => {
    const right = await probe({
      ...login(keys.file('good')),
      command: 'head -c 100000 /dev/zero; exit 3',
      exitCode: 3,
    });
    expect(right.failure).toBeUndefined();
    expect([...right.phases.keys()]).toContain('command');
    expect(await probe({ ...login(keys.file('good')), command: 'exit 3' })).toMatchObject({
      failure: 'command',
      detail: 'the command ended with exit code 3, expected 0',
    });
  });

  it.each([
    ['never ends', 'sleep 8', 'timeout', 2_000],
    ['never stops printing', 'cat /dev/zero', 'command', 10_000],
  ])('cuts off a command that %s', async (_, command, failure, timeoutMs) => {
    expect(await probe({ ...login(keys.file('good')), command }, timeoutMs)).toMatchObject({ failure });
  });
});
