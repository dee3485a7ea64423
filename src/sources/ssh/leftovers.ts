import { ProbeError } from './probe-error.ts';
import type { Session } from './session.ts';

/**
 * Commands that did not end in their probe's time and could not be killed: sshd kills none of root's, nor does it when
 * the connection ends. Their sessions stay open to see the end, so that at most one of each runs on the host.
 */
export interface Leftovers {
  /** Throws a ProbeError where the same command still runs there. */
  check(key: string): void;
  /** Takes the session; `running` settles when the command or the connection has ended. */
  add(key: string, session: Session, running: Promise<unknown>): void;
  close(): void;
}

/** Beyond these a session is ended at once. */
const maxLeftovers = 256;

export function createLeftovers(): Leftovers {
  const sessions = new Map<string, Session>();
  return {
    check: (key) => {
      if (sessions.has(key)) throw new ProbeError('command', 'the command of an earlier probe has not ended yet');
    },
    add: (key, session, running) => {
      const isKept = !sessions.has(key) && sessions.size < maxLeftovers;
      if (isKept) sessions.set(key, session);
      else session.end();
      const forget = (): void => {
        if (isKept) sessions.delete(key);
        session.end();
      };
      running.then(forget, forget);
    },
    close: () => {
      for (const session of sessions.values()) session.end();
    },
  };
}
