import { createSocket } from 'node:dgram';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Answer, decode, encode, type Packet } from 'dns-packet';
import type { Certificate } from './certificates.ts';

interface Listening extends AsyncDisposable {
  readonly port: number;
}

/** On a free port of the address; its connections end with it. */
async function listening(server: Server, host: string): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, host, resolve);
  await promise;
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      for (const socket of sockets) socket.destroy();
      await closed.promise;
    },
  };
}

/** Hands each connection over as it is. */
export function startTcp(serve: (socket: Socket) => void, host = '127.0.0.1'): Promise<Listening> {
  return listening(createServer(serve), host);
}

export function startHttp(serve: RequestListener, host = '127.0.0.1'): Promise<Listening> {
  return listening(createHttp(serve), host);
}

export function startHttps(certificate: Certificate, serve: RequestListener): Promise<Listening> {
  return listening(createHttps({ cert: certificate.cert, key: certificate.key }, serve), '127.0.0.1');
}

export interface DnsReply {
  readonly rcode?: number;
  readonly answers?: Answer[];
  readonly authorities?: Answer[];
  readonly additionals?: Answer[];
}

/** A DNS server over UDP and TCP on one port; `reply` gives undefined for silence, a Buffer for those very bytes. */
export async function startDns(
  reply: (name: string, type: string) => DnsReply | Buffer | undefined,
): Promise<Listening> {
  function answerTo(query: Buffer): Buffer | undefined {
    const { id = 0, questions = [] } = decode(query);
    const [question] = questions;
    const given = question && reply(question.name, question.type);
    if (given === undefined || Buffer.isBuffer(given)) return given && Buffer.concat([query.subarray(0, 2), given]);
    const { rcode = 0, ...records } = given;
    const packet: Packet = { type: 'response', id, flags: rcode, questions, ...records };
    return encode(packet);
  }
  const tcp = await startTcp((socket) => {
    socket.on('data', (data) => {
      const answer = answerTo(data.subarray(2));
      if (!answer) return;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([length, answer]));
    });
  });
  const udp = createSocket('udp4');
  udp.on('message', (query, from) => {
    const answer = answerTo(query);
    if (answer) udp.send(answer, from.port, from.address);
  });
  const bound = Promise.withResolvers<void>();
  udp.bind(tcp.port, '127.0.0.1', bound.resolve);
  await bound.promise;
  return {
    port: tcp.port,
    [Symbol.asyncDispose]: async () => {
      udp.close();
      await tcp[Symbol.asyncDispose]();
    },
  };
}
