import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import ssh2, { type Connection } from 'ssh2';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/services.ts';
import { keyFolder, listenTcp, sshUnderTest } from '../../support/ssh.ts';

const ssh = sshUnderTest();
const { probe } = ssh;
afterAll(() => ssh[Symbol.dispose]());

describe('createSsh with servers that are none', () => {
  it('says that a port is refused', async () => {
    const found = await probe({ port: await freePort() });
    expect(found).toMatchObject({ failure: 'refused', protocol: 4, hostKey: undefined });
    expect([...found.phases.keys()]).toEqual(['resolve']);
  });

  it('gives up a server that accepts and never speaks, and closes the connection', async () => {
    using server = await listenTcp((socket) => socket.resume());
    const found = await probe({ port: server.port }, 300);
    expect(found).toMatchObject({ failure: 'timeout', detail: 'the SSH server did not answer within 0.3 s' });
    expect([...found.phases.keys()]).toEqual(['resolve', 'connect']);
    await expect.poll(() => [...server.sockets].every((socket) => socket.readableEnded || socket.destroyed)).toBe(true);
  });

  it('stops listening to 10 MB of banner', async () => {
    let written = 0;
    using server = await listenTcp((socket) => {
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
    using server = await listenTcp((socket) => socket.end(Buffer.from(text, 'latin1')));
    expect(await probe({ port: server.port })).toMatchObject({ failure });
  });

  it('ends with its signal', async () => {
    using server = await listenTcp(() => undefined);
    const cancel = new AbortController();
    const found = probe({ port: server.port }, 10_000, cancel.signal);
    cancel.abort(new Error('shutting down'));
    await expect(found).rejects.toThrow('shutting down');
  });
});

/** Of RSA: one in some hundred Ed25519 keys that ssh2 makes cannot be read by ssh2. */
const serverKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs1',
  format: 'pem',
});

/** An SSH server that lets everybody in, and then does what it is told. */
async function serve(onLogin: (connection: Connection) => void) {
  const connections = new Set<Connection>();
  const hostKeys = [serverKey];
  const server = new ssh2.Server({ hostKeys }, (connection) => {
    connections.add(connection.on('error', () => undefined));
    connection.on('authentication', (attempt) => attempt.accept());
    connection.on('ready', () => onLogin(connection));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    [Symbol.dispose]: () => {
      for (const connection of connections) connection.end();
      server.close();
    },
  };
}

describe('createSsh with servers that begin well', () => {
  const keys = keyFolder();
  writeFileSync(keys.file('key'), serverKey);
  afterAll(() => keys[Symbol.dispose]());

  const login = (port: number) => ({ port, username: 'probe', privateKeyFile: keys.file('key') });
  /** What a server does with each session channel that it grants. */
  const onSession = (run: (channel: ssh2.ServerChannel) => void) => (connection: Connection) => {
    connection.on('session', (accept) => accept().on('exec', (grant) => run(grant())));
  };

  it('gives up one that hangs in the key exchange', async () => {
    using server = await listenTcp((socket: Socket) => void socket.resume().write('SSH-2.0-slow\r\n'));
    const found = await probe({ port: server.port }, 300);
    expect(found.failure).toBe('timeout');
    expect([...found.phases.keys()]).toEqual(['resolve', 'connect', 'banner']);
    await expect.poll(() => [...server.sockets].every((socket) => socket.readableEnded || socket.destroyed)).toBe(true);
  });

  it.each([
    ['nothing to run', {}, 'auth', /^the server closed the connection after the login$/],
    ['a command', { command: 'true' }, 'command', /the server closed the connection|Not connected/],
  ])('fails at one that hangs up after the login, with %s', async (_, more, failure, detail) => {
    using server = await serve((connection) => void connection.end());
    expect(await probe({ ...login(server.port), ...more })).toMatchObject({
      failure,
      detail: expect.stringMatching(detail),
    });
  });

  it('takes one that answers no request for what it is, and connects anew each time', async () => {
    using server = await serve((connection) => {
      connection.on('request', () => undefined);
    });
    const check = { ...login(server.port), handshakeInterval: 900_000 };
    for (let count = 0; count < 2; count++) {
      expect(await probe(check, 900)).toMatchObject({ failure: undefined, reused: false });
    }
  });

  it.each([
    ['refuses every channel', (connection: Connection) => void connection.on('session', (_, reject) => reject?.())],
    ['ends the channel without a word', onSession((channel) => channel.end())],
    [
      'says that a signal ended it',
      onSession((channel) => {
        channel.exit('SEGV');
        channel.end();
      }),
    ],
  ])('fails the command of one that %s', async (_, behave) => {
    using server = await serve(behave);
    expect(await probe({ ...login(server.port), command: 'true' })).toMatchObject({ failure: 'command' });
  });

  it('kills a command that does not end in time', async () => {
    const signals: string[] = [];
    using server = await serve((connection) => {
      connection.on('session', (accept) => {
        const session = accept().on('exec', (grant) => void grant());
        session.on('signal', (_accept, _reject, { name }) => void signals.push(name));
      });
    });
    expect(await probe({ ...login(server.port), command: 'sleep 60' }, 500)).toMatchObject({ failure: 'timeout' });
    await expect.poll(() => signals).toEqual(['KILL']);
  });
});
