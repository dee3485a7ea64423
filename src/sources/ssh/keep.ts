import type { Clock } from '../../lib/clock.ts';
import type { SshCheck } from './check.ts';
import type { Keyring } from './keyring.ts';
import { createPool } from './pool.ts';
import { feelPulse } from './pulse.ts';
import type { Session } from './session.ts';

/** A session with what it was opened with. */
interface Kept {
  readonly session: Session;
  /** Of the credentials; undefined with an agent alone. */
  readonly digest: string | undefined;
  /** Monotonic ms. */
  readonly openedAt: number;
}

/** Authenticated sessions between two probes. */
export interface Keep {
  /** One that still answers, whose credentials are still the same and whose time is not over. */
  resume(address: string, check: SshCheck, patience: number): Promise<Session | undefined>;
  /** Takes a session that was opened or resumed, or ends it. */
  store(address: string, check: SshCheck, session: Session): Promise<void>;
  close(): void;
}

/** More open connections than this are not kept; what comes beyond them connects anew at each probe. */
const maxSessions = 256;

export function createKeep(clock: Clock, keyring: Keyring): Keep {
  const opened = new WeakMap<Session, Kept>();
  const pool = createPool<Kept>({
    clock,
    max: maxSessions,
    end: ({ session }) => session.end(),
    ended: ({ session }) => session.ended,
  });
  const digestOf = async ({ privateKeyFile, passphrase }: SshCheck): Promise<string | undefined> =>
    privateKeyFile === undefined ? undefined : keyring.digest(privateKeyFile, passphrase);
  const leftOf = ({ openedAt }: Kept, { handshakeInterval }: SshCheck): number =>
    openedAt + handshakeInterval - clock.monotonic();

  async function isGood(kept: Kept, check: SshCheck, patience: number): Promise<boolean> {
    // A key file that is gone is for the login to report.
    const digest = await digestOf(check).catch(() => null);
    if (digest !== kept.digest || leftOf(kept, check) <= 0) return false;
    return (await feelPulse(kept.session, clock, patience)) === 'answered';
  }

  return {
    resume: async (address, check, patience) => {
      const kept = pool.take(keyOf(address, check));
      if (!kept) return undefined;
      kept.session.renew();
      if (await isGood(kept, check, patience)) return kept.session;
      kept.session.end();
      return undefined;
    },
    store: async (address, check, session) => {
      const digest = await digestOf(check).catch(() => undefined);
      const kept = opened.get(session) ?? { session, digest, openedAt: clock.monotonic() };
      opened.set(session, kept);
      pool.put(keyOf(address, check), kept, leftOf(kept, check));
    },
    close: pool.close,
  };
}

function keyOf(address: string, { port, username, privateKeyFile, agent }: SshCheck): string {
  return JSON.stringify([address, port, username, privateKeyFile, agent]);
}
