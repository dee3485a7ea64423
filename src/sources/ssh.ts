import { connect, type Socket } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { TimeoutError, withDeadline } from '../lib/deadline.ts';
import { reasonOf } from '../lib/log.ts';
import type { SecretSource } from '../lib/secret.ts';
import type { ProbeFailure, SshCheck } from '../model/target.ts';
import type { ResolvedAddress, Resolver } from './resolver.ts';
import { createKeyring, type Keyring } from './ssh-keyring.ts';
import { type HostKey, ProbeError, runCommand, startSession } from './ssh-session.ts';

export const sshPhases = ['resolve', 'connect', 'banner', 'handshake', 'login', 'command'] as const;
export type SshPhase = (typeof sshPhases)[number];

/** How far a probe came. */
export interface SshProbe {
  readonly protocol: 4 | 6 | undefined;
  /** Milliseconds of each phase that was completed. */
  readonly phases: ReadonlyMap<SshPhase, number>;
  readonly hostKey: HostKey | undefined;
  readonly failure: ProbeFailure | undefined;
  /** What went wrong, in one line without secrets. */
  readonly detail: string | undefined;
}

export interface SshSource {
  /** A target that fails is an answer; throws only where the signal ends. */
  probe(
    address: string,
    check: SshCheck<SecretSource>,
    options: { readonly timeoutMs: number },
    signal: AbortSignal,
  ): Promise<SshProbe>;
}

interface Ports {
  readonly clock: Clock;
  readonly resolver: Resolver;
  /** Reads a key or passphrase file; bounded. */
  readonly readFile: (path: string) => Promise<string>;
}

/** What the phases leave behind, however far they come. */
interface Progress {
  readonly phases: Map<SshPhase, number>;
  protocol: 4 | 6 | undefined;
  hostKey: HostKey | undefined;
  /** Ends the phase that is under way and begins the next. */
  done(phase: SshPhase): void;
}

export function createSsh({ clock, resolver, readFile }: Ports): SshSource {
  const keyring = createKeyring(readFile);
  return {
    probe: async (address, check, { timeoutMs }, signal) => {
      const progress = createProgress(clock);
      const deadline = { ms: timeoutMs, what: 'the SSH server', signal };
      const error: unknown = await withDeadline(clock, deadline, async (cut) => {
        const lookup = resolver.lookup(address, { timeoutMs, signal: cut });
        const resolved = await lookup.catch((cause: unknown) => {
          throw new ProbeError('dns', reasonOf(cause));
        });
        progress.protocol = resolved.family;
        progress.done('resolve');
        await converse(resolved, check, keyring, progress, cut);
      }).catch((caught: unknown) => caught);
      if (signal.aborted) throw signal.reason;
      const { phases, protocol, hostKey } = progress;
      return { phases, protocol, hostKey, ...explain(error) };
    },
  };
}

function createProgress(clock: Clock): Progress {
  let begun = clock.monotonic();
  const phases = new Map<SshPhase, number>();
  return {
    phases,
    protocol: undefined,
    hostKey: undefined,
    done: (phase) => {
      const now = clock.monotonic();
      phases.set(phase, now - begun);
      begun = now;
    },
  };
}

/** Everything on one TCP connection, which is closed at the end or at the signal. */
async function converse(
  resolved: ResolvedAddress,
  check: SshCheck<SecretSource>,
  keyring: Keyring,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const socket = await openSocket(resolved, check.port, signal);
  const cut = (): unknown => socket.destroy();
  signal.addEventListener('abort', cut, { once: true });
  try {
    progress.done('connect');
    const client = await startSession(socket, check, keyring, {
      onPhase: (phase) => progress.done(phase),
      onHostKey: (hostKey) => {
        progress.hostKey = hostKey;
      },
    });
    if (check.command !== undefined) {
      await runCommand(client, check.command, check.exitCode);
      progress.done('command');
    }
    client.end();
    socket.end();
  } finally {
    signal.removeEventListener('abort', cut);
    // A farewell that was written still goes out; a peer that keeps the connection open does not keep the socket.
    socket.destroySoon();
  }
}

async function openSocket({ address, family }: ResolvedAddress, port: number, signal: AbortSignal): Promise<Socket> {
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

function explain(error: unknown): Pick<SshProbe, 'failure' | 'detail'> {
  if (error === undefined) return { failure: undefined, detail: undefined };
  if (error instanceof ProbeError) return { failure: error.failure, detail: error.message };
  if (error instanceof TimeoutError) return { failure: 'timeout', detail: error.message };
  return { failure: 'handshake', detail: reasonOf(error) };
}
