import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { withDeadline } from '../lib/deadline.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Which version of IP is wanted, and whether the other will do. */
export interface IpPreference {
  readonly family: 4 | 6;
  readonly fallback: boolean;
}

interface LookupOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** By default the system's first answer. */
  readonly prefer?: IpPreference | undefined;
}

export interface Resolver {
  /** The system's own answer (hosts file, search domains, DNS). Throws where there is none in time. */
  lookup(name: string, options: LookupOptions): Promise<ResolvedAddress>;
}

/** Lookups hold threads of libuv's pool of 4, which files and gzip need too: with a dead DNS each for many seconds. */
const threads = 2;

interface Found {
  readonly address: string;
  readonly family: number;
}

type Ask = (name: string) => Promise<readonly Found[]>;

/** A name under way is asked once for all; the others wait for a turn, none longer than its own timeout. */
export function createResolver(clock: Clock, ask: Ask = (name) => lookup(name, { all: true })): Resolver {
  const asked = new Map<string, Promise<readonly ResolvedAddress[]>>();
  const waiting = new Set<() => void>();

  async function find(name: string, signal: AbortSignal): Promise<readonly ResolvedAddress[]> {
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

  async function askNow(name: string): Promise<readonly ResolvedAddress[]> {
    // The caller's bookkeeping comes first, even if `ask` throws at once.
    await Promise.resolve();
    try {
      const found = await ask(name);
      return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
    } finally {
      asked.delete(name);
      for (const wake of waiting) wake();
    }
  }

  return {
    lookup: async (name, { timeoutMs, signal, prefer }) => {
      const literal = isIP(name);
      if (literal !== 0) return pick(name, [{ address: name, family: literal === 6 ? 6 : 4 }], prefer);
      const deadline = { ms: timeoutMs, what: `the lookup of ${name}`, signal };
      return pick(name, await withDeadline(clock, deadline, (cut) => find(name, cut)), prefer);
    },
  };
}

function pick(name: string, found: readonly ResolvedAddress[], prefer: LookupOptions['prefer']): ResolvedAddress {
  const preferred = found.find(({ family }) => prefer === undefined || family === prefer.family);
  const chosen = preferred ?? (prefer?.fallback ? found[0] : undefined);
  if (chosen) return chosen;
  throw new Error(`${name} has no ${prefer ? `IPv${prefer.family} ` : ''}address`);
}
