import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import { reasonOf } from '../lib/log.ts';
import type { SecretSource } from '../lib/secret.ts';
import type { ProbeFailure, SshCheck } from '../model/target.ts';
import type { Keyring } from './ssh-keyring.ts';

export interface HostKey {
  /** `ssh-ed25519`, … as the key names itself. */
  readonly type: string;
  /** `SHA256:` and base64, as OpenSSH prints it. */
  readonly fingerprint: string;
}

/** Why a probe failed; the message is safe to log. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError';
  readonly failure: ProbeFailure;

  constructor(failure: ProbeFailure, message: string) {
    super(printable(message));
    this.failure = failure;
  }
}

type SessionPhase = 'banner' | 'handshake' | 'login';

interface Events {
  onPhase(phase: SessionPhase): void;
  onHostKey(hostKey: HostKey): void;
}

/** A server may send lines before its identification (RFC 4253, 4.2); this many bytes of them are listened to. */
const maxPreamble = 16_384;
/** No probe needs more than this from its server, whatever the command prints. */
const maxBytes = 4_194_304;

const failures = { banner: 'banner', handshake: 'handshake', login: 'auth' } as const;

/**
 * Identification, key exchange and, with a user, the login. A host key other than the pinned one ends it before
 * anything is offered to the server. The client that is returned belongs to the caller.
 */
export async function startSession(
  socket: Socket,
  check: SshCheck<SecretSource>,
  keyring: Keyring,
  { onPhase, onHostKey }: Events,
): Promise<Client> {
  const { promise, resolve, reject } = Promise.withResolvers<Client>();
  const client = new ssh2.Client();
  let phase: SessionPhase = 'banner';
  const fail = (message: string, failure: ProbeFailure = failures[phase]): void => {
    reject(new ProbeError(failure, message));
    socket.destroy();
  };
  const pass = (next: SessionPhase): void => {
    onPhase(phase);
    phase = next;
  };
  client.on('error', (error) => fail(reasonOf(error)));
  client.on('close', () => fail('the server closed the connection'));
  client.on('handshake', () => {
    pass('login');
    if (check.username === undefined) resolve(client);
  });
  client.on('ready', () => {
    onPhase('login');
    resolve(client);
  });
  client.connect({
    sock: socket,
    // The deadline is the caller's.
    readyTimeout: 0,
    ident: 'Runnerwatch',
    username: check.username ?? 'runnerwatch',
    authHandler: check.username === undefined ? () => false : loginHandler(check, keyring, fail),
    hostVerifier: (key: Buffer) => {
      const hostKey = hostKeyOf(key);
      onHostKey(hostKey);
      if (check.hostKey === undefined || check.hostKey === hostKey.fingerprint) return true;
      fail(`the host key is ${hostKey.fingerprint}, not the pinned one`, 'host-key');
      return false;
    },
  });
  watchBytes(socket, () => pass('handshake'), fail);
  return promise;
}

/** Listens beside the SSH client: when the identification came, and that there is an end to what is sent. */
function watchBytes(socket: Socket, onIdentified: () => void, fail: (message: string) => void): void {
  let preamble = '';
  let identified = false;
  let received = 0;
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > maxBytes) return fail(`the server sent more than ${maxBytes} bytes`);
    if (identified) return;
    preamble += chunk.toString('latin1', 0, maxPreamble);
    identified = /^SSH-[^\n]*\n/m.test(preamble);
    if (identified) onIdentified();
    else if (preamble.length >= maxPreamble) fail(`the server sent ${maxPreamble} bytes and no SSH identification`);
  });
}

/** Offers the key file, then the agent, then nothing: ssh2 asks again after each refusal. */
function loginHandler(
  check: SshCheck<SecretSource>,
  keyring: Keyring,
  fail: (message: string) => void,
): Exclude<ConnectConfig['authHandler'], readonly unknown[] | undefined> {
  const username = check.username ?? '';
  const offers: ('key' | 'agent')[] = [];
  if (check.privateKeyFile !== undefined) offers.push('key');
  if (check.agent !== undefined) offers.push('agent');
  return (_left, _partial, next) => {
    const offer = offers.shift();
    if (offer === 'key') {
      keyring.load(check.privateKeyFile ?? '', check.passphrase).then(
        (key) => next({ type: 'publickey', username, key }),
        (error: unknown) => fail(reasonOf(error)),
      );
    } else if (offer === 'agent') next({ type: 'agent', username, agent: check.agent ?? '' });
    else next(false as never);
  };
}

/** The key's blob begins with its type as a length-prefixed string (RFC 4253, 6.6). */
function hostKeyOf(key: Buffer): HostKey {
  const length = key.length >= 4 ? Math.min(key.readUInt32BE(0), 64) : 0;
  const digest = createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
  return { type: printable(key.toString('latin1', 4, 4 + length)), fingerprint: `SHA256:${digest}` };
}

/** What it prints is thrown away; only its exit code counts. */
export async function runCommand(client: Client, command: string, exitCode: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (message: string): void => reject(new ProbeError('command', message));
  client.on('error', (error) => fail(reasonOf(error)));
  client.on('close', () => fail('the server closed the connection before the command ended'));
  client.exec(command, (error, channel) => {
    if (error) return fail(reasonOf(error));
    channel.resume();
    channel.stderr.resume();
    channel.on('close', (code: number | null | undefined) => {
      if (code === exitCode) resolve();
      else fail(`the command ended with ${code == null ? 'a signal' : `exit code ${code}`}, expected ${exitCode}`);
    });
  });
  return promise;
}

/** Text from a server, as it may stand in a log line or a label. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, ' ').slice(0, 200);
}
