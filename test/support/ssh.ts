import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../src/lib/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createResolver } from '../../src/sources/resolver.ts';
import type { SshCheck } from '../../src/sources/ssh/check.ts';
import { createSsh } from '../../src/sources/ssh/create.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createHostKeyStore } from '../../src/state/host-keys.ts';
import { temporaryFolder } from './processes.ts';
import { binary } from './services.ts';

/** What a target without any `ssh` key asks for, but that each probe connects anew. */
const plain: SshCheck = {
  port: 22,
  username: undefined,
  privateKeyFile: undefined,
  passphrase: undefined,
  agent: undefined,
  hostKeys: [],
  knownHostsFile: undefined,
  handshakeInterval: 0,
  command: undefined,
  exitCode: 0,
  expectOutput: undefined,
};

/** The source with its own memory of host keys, and a probe of 127.0.0.1 with what differs from a plain check. */
export function sshUnderTest({ clock = systemClock }: { readonly clock?: Clock } = {}) {
  const memory = createHostKeyStore(openDatabase(':memory:'));
  const ports = { clock, resolver: createResolver(clock), memory, readFile: (path: string) => readFile(path, 'utf8') };
  const source = createSsh(ports);
  const { signal } = new AbortController();
  return {
    memory,
    source,
    probe: (check: Partial<SshCheck>, timeoutMs = 10_000, cut = signal) =>
      source.probe('127.0.0.1', { ...plain, ...check }, { timeoutMs }, cut),
    [Symbol.dispose]: () => source.close(),
  };
}

/** A folder of key pairs: `make('good')` writes `good` and `good.pub`. */
export function keyFolder() {
  const folder = temporaryFolder();
  const file = (name: string): string => join(folder.path, name);
  return {
    file,
    publicKey: (name: string): string => readFileSync(file(`${name}.pub`), 'utf8'),
    make: (name: string, passphrase = '', type = 'ed25519'): void => {
      execFileSync(binary('ssh-keygen'), ['-q', '-t', type, '-N', passphrase, '-C', name, '-f', file(name)]);
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** A TCP server that does what it is told with each connection. */
export async function listenTcp(onSocket: (socket: Socket) => void) {
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
