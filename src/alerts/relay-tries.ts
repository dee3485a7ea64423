import { createHash } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';

/** Sends the same notification by the same id again, until it was taken. Bounded. */
export interface RelayTries {
  idOf(body: unknown): string;
  taken(id: string): void;
}

const maxKept = 1000;
/** A sender gives up before that, or has something else to say. */
const keepMs = 24 * 3_600_000;
/** The other side took it, but the sender may not have heard so: what comes this soon is no repetition. */
const heardMs = 30_000;

/**
 * A webhook's payload has no id, and a repetition at `repeat_interval` looks like a retry. What tells them apart is
 * whether it was taken before.
 */
export function createRelayTries(clock: Clock): RelayTries {
  /** By the payload's hash, the oldest first. */
  const kept = new Map<string, { readonly id: string; readonly until: number }>();

  function keep(hash: string, id: string, until: number): void {
    kept.delete(hash);
    kept.set(hash, { id, until });
    for (const [oldest] of kept) {
      if (kept.size <= maxKept) break;
      kept.delete(oldest);
    }
  }
  return {
    idOf(body) {
      const now = clock.now();
      const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 32);
      const known = kept.get(hash);
      if (known && known.until > now) return known.id;
      const id = `${hash}-${now.toString(36)}`;
      keep(hash, id, now + keepMs);
      return id;
    },
    taken(id) {
      const [hash = ''] = id.split('-');
      if (kept.get(hash)?.id === id) keep(hash, id, clock.now() + heardMs);
    },
  };
}
