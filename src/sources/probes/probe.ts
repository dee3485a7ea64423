import type { Clock } from '../../lib/clock.ts';
import { TimeoutError, withDeadline } from '../../lib/deadline.ts';
import { type Log, reasonOf } from '../../lib/log.ts';
import type { ResolvedAddress, Resolver } from '../resolver.ts';
import { type IpProtocol, preferenceOf } from './ip-protocol.ts';

/** Why a probe failed; the log's field `failure`. */
export type Failure =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'tls'
  | 'protocol'
  | 'address'
  /** All went well, and the answer is not the one that was expected. */
  | 'expectation';

/** What ends a probe. The message is one line without secrets. */
export class ProbeFault extends Error {
  override readonly name = 'ProbeFault';
  readonly failure: Failure;

  constructor(failure: Failure, message: string) {
    super(message);
    this.failure = failure;
  }
}

export interface ProbePorts {
  readonly clock: Clock;
  readonly resolver: Resolver;
  /** Reads a certificate or a key; bounded. */
  readonly readFile: (path: string) => Promise<string>;
}

export interface ProbeOptions {
  readonly timeoutMs: number;
  /** Told each step at level debug. */
  readonly log: Log;
}

/** What every probe finds out on its way, whatever its end. Times are milliseconds. */
export interface Reached {
  resolveMs: number;
  /** Undefined where the name was not resolved. */
  ip: string | undefined;
  protocol: 4 | 6 | undefined;
}

export interface Ended {
  /** undefined: the probe succeeded. */
  readonly failure: Failure | undefined;
  readonly detail: string | undefined;
}

export function notReached(): Reached {
  return { resolveMs: 0, ip: undefined, protocol: undefined };
}

/**
 * Runs a probe within its time. A target that fails is an answer; throws only where the caller's signal ends. The
 * signal of `work` ends with the probe, whichever way: what is open then is closed by it.
 */
export async function runProbe(
  clock: Clock,
  { timeoutMs, log }: ProbeOptions,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<Ended> {
  const over = new AbortController();
  const deadline = { ms: timeoutMs, what: 'the target', signal };
  const ended = await withDeadline(clock, deadline, (cut) => work(AbortSignal.any([cut, over.signal])))
    .then(
      () => ({ failure: undefined, detail: undefined }),
      (error: unknown) => ({ failure: failureOf(error), detail: reasonOf(error) }),
    )
    .finally(() => over.abort(new Error('the probe is over')));
  if (signal.aborted) throw signal.reason;
  if (ended.failure !== undefined) log.debug({ failure: ended.failure, reason: ended.detail }, 'probe ended early');
  return ended;
}

function failureOf(error: unknown): Failure {
  if (error instanceof ProbeFault) return error.failure;
  return error instanceof TimeoutError ? 'timeout' : 'protocol';
}

/** Finds the address to probe, and notes it. Throws a ProbeFault where there is none of a version of IP that will do. */
export async function resolveInto(
  reached: Reached,
  host: string,
  wanted: IpProtocol,
  { clock, resolver }: ProbePorts,
  { timeoutMs, log }: ProbeOptions,
  signal: AbortSignal,
): Promise<ResolvedAddress> {
  const start = clock.monotonic();
  log.debug({ host, ip_protocol: wanted.preferred_ip_protocol }, 'resolving target address');
  const found = await resolver
    .lookup(host, { timeoutMs, signal, prefer: preferenceOf(wanted) })
    .catch((error: unknown) => {
      throw new ProbeFault('dns', reasonOf(error));
    })
    .finally(() => {
      reached.resolveMs = clock.monotonic() - start;
    });
  log.debug({ host, ip: found.address }, 'resolved target address');
  reached.ip = found.address;
  reached.protocol = found.family;
  return found;
}
