import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { type SecretSource, secretFile, secretText } from '../../src/lib/secret.ts';
import type { SshCheck } from '../../src/model/target.ts';
import { createResolver } from '../../src/sources/resolver.ts';
import { createSsh } from '../../src/sources/ssh.ts';
import { startSshd, temporaryFolder } from '../support/processes.ts';
import { binary, freePort, needs } from '../support/services.ts';

const ssh = createSsh({
  clock: systemClock,
  resolver: createResolver(systemClock),
  readFile: (path) => readFile(path, 'utf8'),
});
const { signal } = new AbortController();

const plain: SshCheck<SecretSource> = {
  port: 22,
  username: undefined,
  privateKeyFile: undefined,
  passphrase: undefined,
  agent: undefined,
  hostKey: undefined,
  command: undefined,
  exitCode: 0,
};

function probe(check: Partial<SshCheck<SecretSource>>, timeoutMs = 10_000) {
  return ssh.probe('127.0.0.1', { ...plain, ...check }, { timeoutMs }, signal);
}

/** A TCP server that does what it is told with each connection. */
async function listen(onSocket: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('createSsh with servers that are none', () => {
  it('says that a port is refused', async () => {
    const found = await probe({ port: await freePort() });
    expect(found).toMatchObject({ failure: 'refused', protocol: 4, hostKey: undefined });
    expect([...found.phases.keys()]).toEqual(['resolve']);
  });

  it('gives up a server that accepts and never speaks, and closes the connection', async () => {
    using server = await listen((socket) => socket.resume());
    const found = await probe({ port: server.port }, 300);
    expect(found).toMatchObject({ failure: 'timeout', detail: 'the SSH server did not answer within 0.3 s' });
    expect([...found.phases.keys()]).toEqual(['resolve', 'connect']);
    await expect.poll(() => [...server.sockets].every((socket) => socket.readableEnded || socket.destroyed)).toBe(true);
  });

  it('stops listening to 10 MB of banner', async () => {
    let written = 0;
    using server = await listen((socket) => {
      const line = `${'x'.repeat(998)}\r\n`.repeat(10);
      const write = (): void => {
        while (written < 10_000_000 && !socket.destroyed) {
          written += line.length;
          if (!socket.write(line)) {
            socket.once('drain', write);
            return;
          }
        }
      };
      write();
    });
    const found = await probe({ port: server.port });
    expect(found).toMatchObject({ failure: 'banner' });
    expect(found.detail?.length).toBeLessThan(250);
    expect(written).toBeLessThan(10_000_000);
  });

  it.each([
    ['speaks HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'banner'],
    ['speaks SSH 1', 'SSH-1.5-old\r\n', 'handshake'],
    ['ends after its identification', 'SSH-2.0-x\r\n', 'handshake'],
    ['sends a broken key exchange', 'SSH-2.0-x\r\n\x00\x00\x00\x0c\x0a\x14garbage-garbage', 'handshake'],
  ])('says that a server %s', async (_, text, failure) => {
    using server = await listen((socket) => socket.end(Buffer.from(text, 'latin1')));
    expect(await probe({ port: server.port })).toMatchObject({ failure });
  });

  it('ends with its signal', async () => {
    using server = await listen(() => undefined);
    const cancel = new AbortController();
    const found = ssh.probe('127.0.0.1', { ...plain, port: server.port }, { timeoutMs: 10_000 }, cancel.signal);
    cancel.abort(new Error('shutting down'));
    await expect(found).rejects.toThrow('shutting down');
  });
});

describe.skipIf(needs('sshd'))('createSsh with the real sshd', () => {
  const folder = temporaryFolder();
  const file = (name: string): string => join(folder.path, name);
  let server: Awaited<ReturnType<typeof startSshd>>;

  function keygen(name: string, passphrase: string): void {
    execFileSync(binary('ssh-keygen'), ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', file(name)]);
  }

  beforeAll(async () => {
    keygen('good', '');
    keygen('locked', 'open sesame');
    keygen('stranger', '');
    const authorizedKeys = ['good', 'locked'].map((name) => readFileSync(file(`${name}.pub`), 'utf8')).join('');
    server = await startSshd({ authorizedKeys });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const login = (privateKeyFile: string) => ({ port: server.port, username: server.user, privateKeyFile });

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
    const found = await probe({ ...login(file('good')), hostKey: server.fingerprint });
    expect(found.failure).toBeUndefined();
    expect([...found.phases.keys()]).toEqual(['resolve', 'connect', 'banner', 'handshake', 'login']);
  });

  it('fails at a key that the server does not know', async () => {
    expect(await probe(login(file('stranger')))).toMatchObject({ failure: 'auth' });
  });

  it('offers nothing to a server whose host key is not the pinned one', async () => {
    const before = server.output().length;
    const hostKey = `SHA256:${'A'.repeat(43)}`;
    expect(await probe({ ...login(file('good')), hostKey })).toMatchObject({
      failure: 'host-key',
      hostKey: { fingerprint: server.fingerprint },
      detail: `the host key is ${server.fingerprint}, not the pinned one`,
    });
    expect(server.output().slice(before)).not.toContain('Accepted');
  });

  it('opens a key with its passphrase, from the configuration or a file that is read at each login', async () => {
    using secrets = temporaryFolder({ passphrase: 'open sesame\n' });
    const path = join(secrets.path, 'passphrase');
    expect(await probe({ ...login(file('locked')), passphrase: secretText('open sesame') })).toMatchObject({
      failure: undefined,
    });
    expect(await probe({ ...login(file('locked')), passphrase: secretFile(path) })).toMatchObject({
      failure: undefined,
    });
    secrets[Symbol.dispose]();
    expect(await probe({ ...login(file('locked')), passphrase: secretFile(path) })).toMatchObject({ failure: 'auth' });
  });

  it("logs in with an agent's key", async () => {
    const agent = file('agent.sock');
    const pid = Number(
      /AGENT_PID=(\d+)/.exec(execFileSync(binary('ssh-agent'), ['-s', '-a', agent], { encoding: 'utf8' }))?.[1],
    );
    try {
      execFileSync(binary('ssh-add'), ['-q', file('good')], {
        env: { ...process.env, SSH_AUTH_SOCK: agent },
        stdio: 'ignore',
      });
      const check = { port: server.port, username: server.user };
      expect(await probe({ ...check, agent })).toMatchObject({ failure: undefined });
      expect(await probe({ ...check, agent: file('no.sock') })).toMatchObject({ failure: 'auth' });
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
    const found = await probe({ ...login(file(name)), passphrase });
    expect(found.failure).toBe('auth');
    expect(found.detail).toContain(name);
    expect(JSON.stringify(found)).not.toMatch(/wrong-word|BEGIN|AAAA/);
  });

  it('runs a command and compares its exit code', async () => {
    const right = await probe({ ...login(file('good')), command: 'head -c 100000 /dev/zero; exit 3', exitCode: 3 });
    expect(right.failure).toBeUndefined();
    expect([...right.phases.keys()]).toContain('command');
    expect(await probe({ ...login(file('good')), command: 'exit 3' })).toMatchObject({
      failure: 'command',
      detail: 'the command ended with exit code 3, expected 0',
    });
  });

  it.each([
    ['never ends', 'sleep 60', 'timeout', 2_000],
    ['never stops printing', 'cat /dev/zero', 'command', 10_000],
  ])('cuts off a command that %s', async (_, command, failure, timeoutMs) => {
    expect(await probe({ ...login(file('good')), command }, timeoutMs)).toMatchObject({ failure });
  });
});
