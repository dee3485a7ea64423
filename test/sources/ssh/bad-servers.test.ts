import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/services.ts';
import { listenTcp, sshUnderTest } from '../../support/ssh.ts';

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
