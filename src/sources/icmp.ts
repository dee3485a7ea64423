import ping from 'ping';
import type { Clock } from '../lib/clock.ts';
import { TimeoutError, withDeadline } from '../lib/deadline.ts';
import { reasonOf } from '../lib/log.ts';
import type { ProbeFailure } from '../model/target.ts';
import { parsePing } from './ping-output.ts';
import type { Resolver } from './resolver.ts';

/** What one round of echo requests found. Durations are milliseconds. */
export interface IcmpReply {
  readonly protocol: 4 | 6 | undefined;
  readonly resolveMs: number;
  readonly sent: number;
  readonly received: number;
  /** Mean of the answers' round-trip times. */
  readonly rttMs: number | undefined;
  readonly hopLimit: number | undefined;
  /** undefined where at least one answer came. */
  readonly failure: ProbeFailure | undefined;
}

export interface IcmpSource {
  /** A target that does not answer is a reply; throws only where pings cannot be sent at all. */
  probe(
    address: string,
    options: { readonly count: number; readonly timeoutMs: number },
    signal: AbortSignal,
  ): Promise<IcmpReply>;
}

interface Ports {
  readonly clock: Clock;
  readonly resolver: Resolver;
}

/** The shortest interval that ping grants without root. */
const intervalMs = 200;

/**
 * The system's `ping` gets a numeric address only: a name can then neither become an option nor keep the process
 * waiting for DNS, and its life is bounded by its own `-W`.
 */
export function createIcmp({ clock, resolver }: Ports): IcmpSource {
  return {
    probe: async (address, { count, timeoutMs }, signal) => {
      const start = clock.monotonic();
      const resolved = await resolver.lookup(address, { timeoutMs, signal }).catch(() => undefined);
      const resolveMs = clock.monotonic() - start;
      if (!resolved) return { ...silent, protocol: undefined, resolveMs, failure: 'dns' };
      const options = { ms: timeoutMs + count * intervalMs + 1000, what: 'ping', signal };
      const output = await withDeadline(clock, options, () =>
        runPing(resolved.address, resolved.family === 6, count, timeoutMs),
      ).catch((error: unknown) => {
        if (error instanceof TimeoutError) return '';
        throw error;
      });
      return { ...replyOf(output), protocol: resolved.family, resolveMs };
    },
  };
}

const silent = { sent: 0, received: 0, rttMs: undefined, hopLimit: undefined } as const;

async function runPing(address: string, v6: boolean, count: number, timeoutMs: number): Promise<string> {
  const config = {
    v6,
    numeric: true,
    timeout: Math.max(1, Math.ceil(timeoutMs / 1000)),
    min_reply: count,
    extra: ['-i', String(intervalMs / 1000)],
  };
  const { output } = await ping.promise.probe(address, config).catch((error: unknown) => {
    // The package keeps the system's error code to itself; a missing program is what it nearly always means.
    throw new Error('the command ping cannot be run; install it (Debian: iputils-ping)', {
      cause: new Error(reasonOf(error)),
    });
  });
  return output;
}

function replyOf(output: string): Omit<IcmpReply, 'protocol' | 'resolveMs'> {
  const { stats, rttMs, hopLimit, complaint } = parsePing(output);
  if (stats) {
    const failure = stats.received > 0 ? undefined : complaint === 'unreachable' ? 'unreachable' : 'timeout';
    return { ...stats, rttMs, hopLimit, failure };
  }
  if (complaint === 'forbidden') {
    throw new Error('ping may not send ICMP; grant CAP_NET_RAW or net.ipv4.ping_group_range');
  }
  if (complaint === 'usage')
    throw new Error('this ping does not know the options -n -W -c -s -i; install iputils-ping');
  // Whatever else keeps ping from sending is about this address, such as one for broadcasts.
  return { ...silent, failure: output.trim() === '' ? 'timeout' : 'unreachable' };
}
