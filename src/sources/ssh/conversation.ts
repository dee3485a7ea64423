import type { HostKey } from '../../model/host-key.ts';
import type { ResolvedAddress } from '../resolver.ts';
import type { SshCheck } from './check.ts';
import { runCommand } from './command.ts';
import { createKeep } from './keep.ts';
import { createKeyThread } from './key-thread.ts';
import { createKeyring } from './keyring.ts';
import { createLeftovers } from './leftovers.ts';
import { ProbeError } from './probe-error.ts';
import type { Progress } from './progress.ts';
import { feelPulse } from './pulse.ts';
import { ident, type Session, startSession } from './session.ts';
import { greet, openSocket } from './socket.ts';
import type { SshPorts } from './ssh-source.ts';
import type { HostTrust } from './trust.ts';

interface Probing {
  readonly resolved: ResolvedAddress;
  readonly check: SshCheck;
  readonly trust: HostTrust;
  readonly progress: Progress;
  /** How long, in ms, an open connection may take for a sign of life before another is opened instead. */
  readonly patience: number;
}

interface Conversation {
  /** Everything after the lookup. Throws a ProbeError, or the signal's reason. */
  hold(probing: Probing, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** How many hosts' last key exchanges are remembered. */
const maxHandshakes = 10_000;

export function createConversation({ clock, readFile }: Pick<SshPorts, 'clock' | 'readFile'>): Conversation {
  const keyring = createKeyring(readFile, createKeyThread(clock));
  const keep = createKeep(clock, keyring);
  const leftovers = createLeftovers();
  const handshakes = new Map<string, { readonly hostKey: HostKey; readonly at: number }>();

  async function open({ resolved, check, trust, progress }: Probing, signal: AbortSignal): Promise<Session> {
    const socket = await openSocket(resolved, check.port, signal);
    progress.done('connect');
    const events = { onPhase: progress.done, onHostKey: progress.judged };
    return startSession(socket, { check, keyring, trust, events }, signal);
  }

  /** Without a user: the key exchange, or the identification alone where the last key exchange still counts. */
  async function look(probing: Probing, signal: AbortSignal): Promise<void> {
    const { resolved, check, trust, progress } = probing;
    const key = JSON.stringify([resolved.address, check.port]);
    const last = handshakes.get(key);
    // Forgotten until this probe went well: the one after a failure looks at everything.
    handshakes.delete(key);
    if (last && clock.monotonic() - last.at < check.handshakeInterval && trust.trusts(last.hostKey)) {
      const socket = await openSocket(resolved, check.port, signal);
      progress.done('connect');
      await greet(socket, ident, signal);
      progress.done('banner');
      progress.recalled(last.hostKey);
      handshakes.set(key, last);
      return;
    }
    const session = await open(probing, signal);
    session.end();
    if (handshakes.size < maxHandshakes) handshakes.set(key, { hostKey: session.hostKey, at: clock.monotonic() });
  }

  /** A session that is open already, where its host key is still trusted. */
  async function resume({ resolved, check, trust, progress, patience }: Probing): Promise<Session | undefined> {
    const session = await keep.resume(resolved.address, check, patience);
    if (!session) return undefined;
    if (!trust.trusts(session.hostKey)) {
      session.end();
      return undefined;
    }
    progress.recalled(session.hostKey);
    progress.reused();
    progress.done('keepalive');
    return session;
  }

  /** A server that lets in and then hangs up lets nobody in; one that does not know the question may keep silent. */
  async function linger(session: Session, { progress, patience }: Probing): Promise<void> {
    if (progress.facts().reused || (await feelPulse(session, clock, patience)) !== 'ended') return;
    throw new ProbeError('auth', 'the server closed the connection after the login');
  }

  /** With a user. What the probe needs of the session is done when this settles, or when the signal ends. */
  async function visit(probing: Probing, user: string, signal: AbortSignal): Promise<void> {
    const { resolved, check, progress } = probing;
    const { command } = check;
    const key = JSON.stringify([resolved.address, check.port, user, command]);
    leftovers.check(key);
    const session = (await resume(probing)) ?? (await open(probing, signal));
    const running = command === undefined ? linger(session, probing) : runCommand(session, command, check, signal);
    try {
      await untilAborted(running, signal);
      if (command !== undefined) progress.done('command');
    } finally {
      // A command that ended with the wrong code says nothing against the connection.
      if (signal.aborted) leftovers.add(key, session, running);
      else await keep.store(resolved.address, check, session);
    }
  }

  return {
    close: () => {
      keep.close();
      leftovers.close();
    },
    hold: (probing, signal) => {
      const { username } = probing.check;
      return username === undefined ? look(probing, signal) : visit(probing, username, signal);
    },
  };
}

async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const cut = (): void => reject(signal.reason);
  signal.addEventListener('abort', cut, { once: true });
  await Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', cut));
}
