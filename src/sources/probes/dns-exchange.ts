import { createSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import { type DecodedPacket, decode } from 'dns-packet';
import { reasonOf } from '../../lib/log.ts';
import type { ResolvedAddress } from '../resolver.ts';
import { ProbeFault } from './probe.ts';

/** One datagram there, one back. Datagrams of another query are passed over. Throws a ProbeFault. */
export async function askOverUdp(
  query: Buffer,
  { address, family }: ResolvedAddress,
  port: number,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  signal.throwIfAborted();
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const { promise, resolve, reject } = Promise.withResolvers<DecodedPacket>();
  const cut = (): void => reject(signal.reason);
  signal.addEventListener('abort', cut, { once: true });
  socket.on('error', (error: NodeJS.ErrnoException) =>
    reject(new ProbeFault(error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable', reasonOf(error))),
  );
  socket.on('message', (message) => {
    if (message.length < 2 || message.readUInt16BE(0) !== query.readUInt16BE(0)) return;
    try {
      resolve(decodeAnswer(message));
    } catch (error) {
      reject(error);
    }
  });
  // Connected, so that a refusal comes back as an error, and answers of strangers do not come at all.
  socket.connect(port, address, () => socket.send(query));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', cut);
    socket.close();
  }
}

/** RFC 1035, 4.2.2: each message has its length before it, in two bytes. Throws a ProbeFault. */
export async function askOverTcp(query: Buffer, socket: Socket): Promise<DecodedPacket> {
  const { promise, resolve, reject } = Promise.withResolvers<DecodedPacket>();
  let read = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    // At most one message and one chunk: the length has two bytes.
    read = Buffer.concat([read, chunk]);
    if (read.length < 2 || read.length < 2 + read.readUInt16BE(0)) return;
    socket.pause();
    try {
      resolve(decodeAnswer(read.subarray(2, 2 + read.readUInt16BE(0)), query));
    } catch (error) {
      reject(error);
    }
  });
  socket.once('error', (error) => reject(new ProbeFault('protocol', reasonOf(error))));
  socket.once('close', () => reject(new ProbeFault('protocol', 'the connection was closed before the answer')));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  socket.write(Buffer.concat([length, query]));
  return promise;
}

/** Whatever a server sends must not do more than fail the probe. */
function decodeAnswer(message: Buffer, query?: Buffer): DecodedPacket {
  if (query && message.length >= 2 && message.readUInt16BE(0) !== query.readUInt16BE(0)) {
    throw new ProbeFault('protocol', 'the answer has the number of another query');
  }
  try {
    return decode(message);
  } catch (error) {
    throw new ProbeFault('protocol', `the answer is malformed: ${reasonOf(error)}`);
  }
}
