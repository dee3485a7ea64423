import ping from 'ping';
import type { Clock } from '../lib/clock.ts';
import { TimeoutError, withDeadline } from '../lib/deadline.ts';
import { reasonOf } from '../lib/log.ts';
import type { ProbeFailure } from '../model/target.ts';
import { parsePing } from './ping-output.ts';
import type { IpPreference, ResolvedAddress } from './resolver.ts';

/** What came back of the echo requests to one address. */
export interface Echoes {
  readonly sent: number;
  readonly received: number;
  /** Round-trip times of the answers, in their order. */
  readonly rttsMs: readonly number[];
  readonly hopLimit: number | undefined;
  /** undefined where at least one answer came. */
  readonly failure: ProbeFailure | undefined;
}

export interface EchoOptions {
  readonly count: number;
  /** How long an answer is waited for. */
  readonly timeoutMs: number;
  /** Bytes in each request; 56 where undefined. */
  readonly payloadSize?: number | undefined;
  /** Hop limit of the requests; the system's where undefined. */
  readonly ttl?: number | undefined;
  /** Which version of IP is wanted, and whether the other will do; by default the system's first answer. */
  readonly prefer?: IpPreference | undefined;
}

/** The shortest interval that ping grants without root. */
const intervalMs = 200;

export const silence: Echoes = { sent: 0, received: 0, rttsMs: [], hopLimit: undefined, failure: 'timeout' };

/**
 * The system's `ping` gets a numeric address only: a name can then neither become an option nor keep the process
 * waiting for DNS, and its life is bounded by its own `-W`. Throws only where pings cannot be sent at all.
 */
export async function pingOnce(
  clock: Clock,
  to: ResolvedAddress,
  options: EchoOptions,
  signal: AbortSignal,
): Promise<Echoes> {
  const deadline = { ms: options.timeoutMs + options.count * intervalMs + 1000, what: 'ping', signal };
  const output = await withDeadline(clock, deadline, () => runPing(to, options)).catch((error: unknown) => {
    if (error instanceof TimeoutError) return '';
    throw error;
  });
  return echoesOf(output);
}

async function runPing({ address, family }: ResolvedAddress, options: EchoOptions): Promise<string> {
  const { count, timeoutMs, payloadSize, ttl } = options;
  const config = {
    v6: family === 6,
    numeric: true,
    timeout: Math.max(1, Math.ceil(timeoutMs / 1000)),
    min_reply: count,
    ...(payloadSize !== undefined && { packetSize: payloadSize }),
    extra: ['-i', String(intervalMs / 1000), ...(ttl === undefined ? [] : ['-t', String(ttl)])],
  };
  const { output } = await ping.promise.probe(address, config).catch((error: unknown) => {
    // The package keeps the system's error code to itself; a missing program is what it nearly always means.
    throw new Error('the command ping cannot be run; install it (Debian: iputils-ping)', {
      cause: new Error(reasonOf(error)),
    });
  });
  return output;
}

function echoesOf(output: string): Echoes {
  const { stats, rttsMs, hopLimit, complaint } = parsePing(output);
  if (stats) {
    const failure = stats.received > 0 ? undefined : complaint === 'unreachable' ? 'unreachable' : 'timeout';
    return { ...stats, rttsMs, hopLimit, failure };
  }
  if (complaint === 'forbidden') {
    throw new Error('ping may not send ICMP; grant CAP_NET_RAW or net.ipv4.ping_group_range');
  }
  if (complaint === 'usage')
    throw new Error('this ping does not know the options -n -W -c -s -i; install iputils-ping');
  // Whatever else keeps ping from sending is about this address, such as one for broadcasts.
  return { ...silence, failure: output.trim() === '' ? 'timeout' : 'unreachable' };
}
