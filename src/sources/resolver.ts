import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { withDeadline } from '../lib/deadline.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

export interface Resolver {
  /** The system's own answer (hosts file, search domains, DNS). Throws where there is none in time. */
  lookup(name: string, options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<ResolvedAddress>;
}

/** Lookups hold threads of libuv's pool of 4, which files and gzip need too: with a dead DNS each for many seconds. */
const threads = 2;

type Ask = (name: string) => Promise<{ readonly address: string; readonly family: number }>;

/** A name under way is asked once for all; the others wait for a turn, none longer than its own timeout. */
export function createResolver(clock: Clock, ask: Ask = (name) => lookup(name)): Resolver {
  const asked = new Map<string, Promise<ResolvedAddress>>();
  const waiting = new Set<() => void>();

  async function find(name: string, signal: AbortSignal): Promise<ResolvedAddress> {
    while (!asked.has(name) && asked.size >= threads) await turn(signal);
    const answer = asked.get(name) ?? askNow(name);
    asked.set(name, answer);
    return answer;
  }

  async function turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    waiting.delete(resolve);
    signal.throwIfAborted();
  }

  async function askNow(name: string): Promise<ResolvedAddress> {
    // The caller's bookkeeping comes first, even if `ask` throws at once.
    await Promise.resolve();
    try {
      const { address, family } = await ask(name);
      return { address, family: family === 6 ? 6 : 4 };
    } finally {
      asked.delete(name);
      for (const wake of waiting) wake();
    }
  }

  return {
    lookup: async (name, { timeoutMs, signal }) => {
      const literal = isIP(name);
      if (literal !== 0) return { address: name, family: literal === 6 ? 6 : 4 };
      return withDeadline(clock, { ms: timeoutMs, what: `the lookup of ${name}`, signal }, (cut) => find(name, cut));
    },
  };
}
