import { z } from 'zod';
import { readBoundedFile } from '../lib/bounded-file.ts';
import type { Clock } from '../lib/clock.ts';
import { withDeadline } from '../lib/deadline.ts';

/** What the container with the rules wrote last. */
export interface FirewallState {
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
  /** Destinations that are let through beside the public internet. */
  readonly allowed: number;
  /** Packets that were refused since the rules were loaded, by reason. */
  readonly denied: ReadonlyMap<string, number>;
}

export interface FirewallSource {
  read(path: string, signal: AbortSignal): Promise<FirewallState>;
}

const maxBytes = 65_536;
const timeoutMs = 5000;

/** `compose/firewall/firewall.sh` writes it; `denied` is what `nft --json list counters` prints, libnftables-json(5). */
const StateFile = z
  .object({
    time: z.number().nonnegative(),
    allowed: z.int().nonnegative(),
    denied: z.object({
      nftables: z.array(
        z.object({ counter: z.object({ name: z.string(), packets: z.number().nonnegative() }).optional() }),
      ),
    }),
  })
  .transform(({ time, allowed, denied }): FirewallState => {
    const counters = denied.nftables.flatMap(({ counter }) => counter ?? []);
    return {
      writtenAt: time * 1000,
      allowed,
      denied: new Map(counters.map(({ name, packets }) => [name.replace(/^denied_/, ''), packets])),
    };
  });

/** Reads the state file. Throws where it is missing, too long or not what it should be. */
export function createFirewallSource(clock: Clock): FirewallSource {
  return {
    read: async (path, signal) => {
      const deadline = { ms: timeoutMs, what: path, signal };
      const text = await withDeadline(clock, deadline, () => readBoundedFile(path, maxBytes));
      return parse(path, text);
    },
  };
}

function parse(path: string, text: string): FirewallState {
  try {
    return StateFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path} is not what the firewall writes: is it of another version?`, { cause });
  }
}
