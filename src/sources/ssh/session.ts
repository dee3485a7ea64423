import type { Socket } from 'node:net';
import ssh2, { type Client } from 'ssh2';
import { reasonOf } from '../../lib/log.ts';
import type { HostKey } from '../../model/host-key.ts';
import type { ProbeFailure } from '../../model/target.ts';
import type { SshCheck } from './check.ts';
import type { Keyring } from './keyring.ts';
import { hostKeyOf } from './known-hosts.ts';
import { loginHandler } from './login.ts';
import { ProbeError } from './probe-error.ts';
import { watchIdentification } from './socket.ts';
import type { HostTrust, Judgement } from './trust.ts';

/** How we introduce ourselves. */
export const ident = 'Runnerwatch';

/** One connection after its key exchange, and its login where there is a user. */
export interface Session {
  readonly client: Client;
  readonly hostKey: HostKey;
  /** Aborted when the connection ends, with a ProbeError that says why. */
  readonly ended: AbortSignal;
  /** Lets the server send as many bytes again as one probe may need. */
  renew(): void;
  /** Takes leave; a peer that keeps the connection open does not keep the socket. */
  end(): void;
}

export type SessionPhase = 'banner' | 'handshake' | 'login';

export interface SessionEvents {
  /** The phase was completed. */
  onPhase(phase: SessionPhase): void;
  onHostKey(hostKey: HostKey, judgement: Judgement): void;
}

interface SessionParts {
  readonly check: SshCheck;
  readonly keyring: Keyring;
  readonly trust: HostTrust;
  readonly events: SessionEvents;
}

/** No probe needs more than this from its server, whatever the command prints. */
const maxBytes = 4_194_304;

/** A connection that waits for its next probe is kept open through NAT, and known to be dead in two minutes. */
const keepAlive = { keepaliveInterval: 30_000, keepaliveCountMax: 3 } as const;

const failures = { banner: 'banner', handshake: 'handshake', login: 'auth' } as const;

/**
 * Identification, key exchange and, with a user, the login. A host key that is not trusted ends it before anything is
 * offered to the server. Rejects with a ProbeError; the session that is returned belongs to the caller.
 */
export async function startSession(socket: Socket, parts: SessionParts, signal: AbortSignal): Promise<Session> {
  const { check, events } = parts;
  const client = new ssh2.Client();
  const end = new AbortController();
  let phase: SessionPhase | undefined = 'banner';
  let hostKey: HostKey | undefined;
  const fail = (message: string, failure: ProbeFailure = phase ? failures[phase] : 'command'): void => {
    end.abort(new ProbeError(failure, message));
    socket.destroy();
  };
  const pass = (next: SessionPhase | undefined): void => {
    if (phase) events.onPhase(phase);
    phase = next;
  };
  const verify = (shown: HostKey): boolean => {
    // Asked again at each new exchange of keys, long after the probe that opened the connection.
    if (hostKey) return hostKey.fingerprint === shown.fingerprint;
    const judgement = parts.trust.judge(shown);
    hostKey = shown;
    events.onHostKey(shown, judgement);
    if (!judgement.trusted) fail(judgement.reason, 'host-key');
    return judgement.trusted;
  };
  const open = Promise.withResolvers<void>();
  end.signal.addEventListener('abort', () => open.reject(end.signal.reason), { once: true });
  client.on('error', (error) => fail(reasonOf(error)));
  client.on('close', () => fail('the server closed the connection'));
  client.on('handshake', () => {
    // Emitted at each new exchange of keys too.
    if (phase !== 'handshake') return;
    pass(check.username === undefined ? undefined : 'login');
    if (check.username === undefined) open.resolve();
  });
  client.on('ready', () => {
    pass(undefined);
    open.resolve();
  });
  connectClient(client, socket, parts, { verify, fail });
  watchIdentification(socket, () => pass('handshake'), fail);
  const renew = limitBytes(socket, fail);
  const cut = (): void => fail(reasonOf(signal.reason));
  signal.addEventListener('abort', cut, { once: true });
  await open.promise.finally(() => signal.removeEventListener('abort', cut));
  if (!hostKey) throw new ProbeError('handshake', 'the server showed no host key');
  return { client, hostKey, ended: end.signal, renew, end: () => endSession(client, socket, check) };
}

interface Hooks {
  verify(hostKey: HostKey): boolean;
  fail(message: string, failure?: ProbeFailure): void;
}

function connectClient(
  client: Client,
  socket: Socket,
  { check, keyring, trust }: SessionParts,
  { verify, fail }: Hooks,
): void {
  client.connect({
    ...keepAlive,
    sock: socket,
    // The deadline is the caller's.
    readyTimeout: 0,
    ident,
    username: check.username ?? 'runnerwatch',
    algorithms: { serverHostKey: hostKeyAlgorithms(trust.types) },
    authHandler: loginHandler(check, keyring, fail),
    hostVerifier: (key: Buffer) => {
      try {
        return verify(hostKeyOf(key));
      } catch (error) {
        fail(reasonOf(error), 'host-key');
        return false;
      }
    },
  });
}

/** Best first; an RSA key signs in three ways (RFC 8332). */
const algorithms = [
  ['ssh-ed25519', 'ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256'],
  ['ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp384'],
  ['ecdsa-sha2-nistp521', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'ssh-rsa'],
  ['rsa-sha2-256', 'ssh-rsa'],
  ['ssh-rsa', 'ssh-rsa'],
] as const;

/** All that there are, the trusted keys' first: a server that no longer has such a key is to show another. */
function hostKeyAlgorithms(types: readonly string[]): (typeof algorithms)[number][0][] {
  const isPreferred = ([, type]: (typeof algorithms)[number]): boolean => types.includes(type);
  return [...algorithms.filter(isPreferred), ...algorithms.filter((entry) => !isPreferred(entry))].map(
    ([name]) => name,
  );
}

/** Ends the connection where the server sends too much; returns what grants it the allowance anew. */
function limitBytes(socket: Socket, fail: (message: string) => void): () => void {
  let received = 0;
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > maxBytes) fail(`the server sent more than ${maxBytes} bytes`);
  });
  return () => {
    received = 0;
  };
}

/** Before a login sshd writes one line to its log where the connection just ends, and two at a farewell. */
function endSession(client: Client, socket: Socket, { username }: SshCheck): void {
  if (username !== undefined) client.end();
  socket.end();
  socket.destroySoon();
}
