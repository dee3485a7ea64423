import { connect, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import { reasonOf } from '../../lib/log.ts';
import type { ResolvedAddress } from '../resolver.ts';
import { type Failure, ProbeFault } from './probe.ts';
import type { TlsConfig } from './tls-config.ts';

/** A TCP connection that ends with the signal, at the latest. Throws a ProbeFault. */
export async function dial({ address, family }: ResolvedAddress, port: number, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect({ host: address, family, port, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const cut = (): unknown => socket.destroy();
  signal.addEventListener('abort', cut, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', cut));
  socket.once('close', () => reject(new ProbeFault('unreachable', 'the connection was closed')));
  socket.once('connect', resolve);
  // Stays for the socket's whole life: an error without a listener would end the process.
  socket.on('error', (error) => reject(new ProbeFault(connectFailure(error), reasonOf(error))));
  await promise;
  return socket;
}

function connectFailure({ code }: NodeJS.ErrnoException): Failure {
  if (code === 'ECONNREFUSED') return 'refused';
  return code === 'ETIMEDOUT' ? 'timeout' : 'unreachable';
}

/**
 * Takes a connection over to TLS, for the name `host` unless the configuration names another. The files are read anew
 * each time, so that a rotated certificate counts at once. Throws a ProbeFault.
 */
export async function startTls(
  socket: Socket,
  host: string,
  config: TlsConfig,
  readFile: (path: string) => Promise<string>,
  alpn?: readonly string[],
): Promise<TLSSocket> {
  const [ca, cert, key] = await Promise.all(
    [config.ca_file, config.cert_file, config.key_file].map((path) => path && readPem(path, readFile)),
  );
  const name = config.server_name ?? host;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const secure = connectTls({
    socket,
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(alpn ? { ALPNProtocols: [...alpn] } : {}),
    // RFC 6066, 3: an address is no server name.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    rejectUnauthorized: !config.insecure_skip_verify,
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  });
  secure.once('secureConnect', resolve);
  secure.on('error', (error) => reject(new ProbeFault('tls', reasonOf(error))));
  secure.once('close', () => reject(new ProbeFault('tls', 'the connection was closed during the TLS handshake')));
  socket.once('close', () => secure.destroy());
  await promise;
  return secure;
}

async function readPem(path: string, readFile: (path: string) => Promise<string>): Promise<string> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ProbeFault('tls', `${path} cannot be read: ${reasonOf(error)}`);
  }
}
