import { connect, type Socket } from 'node:net';
import { reasonOf } from '../../lib/log.ts';
import type { ProbeFailure } from '../../model/target.ts';
import type { ResolvedAddress } from '../resolver.ts';
import { ProbeError } from './probe-error.ts';

/** A server may send lines before its identification (RFC 4253, 4.2); this many bytes of them are listened to. */
const maxPreamble = 16_384;

/** A connection, in time for `signal`. Throws a ProbeError where there is none. */
export async function openSocket(
  { address, family }: ResolvedAddress,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ host: address, family, port, noDelay: true });
  const cut = (): unknown => socket.destroy(signal.reason);
  signal.addEventListener('abort', cut, { once: true });
  socket.once('connect', () => resolve(socket));
  // Stays for the socket's whole life: an error without a listener would end the process.
  socket.on('error', (error: NodeJS.ErrnoException) => reject(new ProbeError(connectFailure(error), reasonOf(error))));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

function connectFailure({ code }: NodeJS.ErrnoException): ProbeFailure {
  if (code === 'ECONNREFUSED') return 'refused';
  return code === 'ETIMEDOUT' ? 'timeout' : 'unreachable';
}

/** Listens for the server's identification, `SSH-…` at the begin of a line, beside whoever else reads the socket. */
export function watchIdentification(socket: Socket, found: () => void, failed: (message: string) => void): void {
  let preamble = '';
  const listen = (chunk: Buffer): void => {
    preamble += chunk.toString('latin1', 0, maxPreamble);
    const identified = /^SSH-[^\n]*\n/m.test(preamble);
    if (!identified && preamble.length < maxPreamble) return;
    socket.off('data', listen);
    if (identified) found();
    else failed(`the server sent ${maxPreamble} bytes and no SSH identification`);
  };
  socket.on('data', listen);
}

/**
 * Waits for the server's identification, gives our own and leaves: the least that a server can be asked, and one line
 * in sshd's log. To leave without a word would be two.
 */
export async function greet(socket: Socket, ident: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (message: string): void => reject(new ProbeError('banner', message));
  const cut = (): void => fail(reasonOf(signal.reason));
  watchIdentification(socket, resolve, fail);
  socket.once('close', () => fail('the server closed the connection'));
  signal.addEventListener('abort', cut, { once: true });
  try {
    await promise;
    socket.end(`SSH-2.0-${ident}\r\n`);
  } finally {
    signal.removeEventListener('abort', cut);
    socket.destroySoon();
  }
}
