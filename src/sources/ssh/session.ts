import type { Socket } from 'node:net';
import ssh2, { type Client } from 'ssh2';
import { reasonOf } from '../../lib/log.ts';
import type { HostKey } from '../../model/host-key.ts';
import type { ProbeFailure } from '../../model/target.ts';
import type { SshCheck } from './check.ts';
import { hostKeyAlgorithms } from './host-key-algorithms.ts';
import type { Keyring } from './keyring.ts';
import { loginHandler } from './login.ts';
import { ProbeError } from './probe-error.ts';
import { watchIdentification } from './socket.ts';
import type { HostTrust, Judgement } from './trust.ts';
import { createVerifier, type Verifier } from './verifier.ts';

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
  const client = new ssh2.Client();
  const course = createCourse(socket, parts.events);
  const verifier = createVerifier(parts.trust, { ...parts.events, fail: course.fail });
  const { ended } = course;
  const opened = followClient(client, course, parts.check);
  const cut = (): void => course.fail(reasonOf(signal.reason));
  signal.addEventListener('abort', cut, { once: true });
  connectClient(client, { socket, verify: verifier.verify, fail: course.fail }, parts);
  watchIdentification(socket, () => course.pass('banner', 'handshake'), course.fail);
  const renew = limitBytes(socket, course.fail);
  await opened.finally(() => signal.removeEventListener('abort', cut));
  const hostKey = verifier.shown();
  if (!hostKey) throw new ProbeError('handshake', 'the server showed no host key');
  return { client, hostKey, ended, renew, end: () => endSession(client, socket, parts.check) };
}

type Fail = (message: string, failure?: ProbeFailure) => void;

/** The phases that a connection goes through, and its end. */
interface Course {
  readonly ended: AbortSignal;
  pass(from: SessionPhase, to?: SessionPhase): void;
  readonly fail: Fail;
}

function createCourse(socket: Socket, events: SessionEvents): Course {
  const end = new AbortController();
  let phase: SessionPhase | undefined = 'banner';
  return {
    ended: end.signal,
    pass: (from, to) => {
      // The events of a key exchange come again at each later one.
      if (phase !== from) return;
      events.onPhase(from);
      phase = to;
    },
    fail: (message, failure = phase ? failures[phase] : 'command') => {
      end.abort(new ProbeError(failure, message));
      socket.destroy();
    },
  };
}

/** Settles when the session is open, or has ended before. */
function followClient(client: Client, { ended, pass, fail }: Course, { username }: SshCheck): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  ended.addEventListener('abort', () => reject(ended.reason), { once: true });
  client.on('error', (error) => fail(reasonOf(error)));
  client.on('close', () => fail('the server closed the connection'));
  client.on('handshake', () => {
    pass('handshake', username === undefined ? undefined : 'login');
    if (username === undefined) resolve();
  });
  client.on('ready', () => {
    pass('login');
    resolve();
  });
  return promise;
}

interface Wires {
  readonly socket: Socket;
  readonly fail: Fail;
  readonly verify: Verifier['verify'];
}

function connectClient(client: Client, { socket, fail, verify }: Wires, { check, keyring, trust }: SessionParts): void {
  client.connect({
    ...keepAlive,
    sock: socket,
    // The deadline is the caller's.
    readyTimeout: 0,
    ident,
    username: check.username ?? 'runnerwatch',
    algorithms: { serverHostKey: hostKeyAlgorithms(trust.types) },
    authHandler: loginHandler(check, keyring, fail),
    hostVerifier: verify,
  });
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
