import type { Clock } from '../lib/clock.ts';
import { mapBounded } from '../lib/loop.ts';
import { createFping, type Fping, type FpingBatch, longestRun } from './fping.ts';
import type { FpingTarget } from './fping-output.ts';
import { type Echoes, type EchoOptions, pingOnce, silence } from './ping.ts';
import type { ResolvedAddress, Resolver } from './resolver.ts';

/** What one round of echo requests found. Durations are milliseconds. */
export interface IcmpReply extends Echoes {
  readonly protocol: 4 | 6 | undefined;
  /** The address that was pinged; undefined where there was none. */
  readonly ip: string | undefined;
  readonly resolveMs: number;
  /** The whole probe, where it was one of many that were under way together. */
  readonly durationMs?: number;
}

export interface IcmpRequest extends EchoOptions {
  readonly address: string;
}

export interface IcmpSource {
  /** A target that does not answer is a reply; throws only where pings cannot be sent at all. */
  probe(address: string, options: EchoOptions, signal: AbortSignal): Promise<IcmpReply>;
  /** Whether `probeMany` can be used: fping is there and works. */
  hasFping(signal: AbortSignal): Promise<boolean>;
  /**
   * Many targets by few processes, replies in the order of the requests; undefined where a request's turn came too
   * late to end within `budgetMs`. Throws as `probe`.
   */
  probeMany(
    requests: readonly IcmpRequest[],
    options: { readonly budgetMs: number },
    signal: AbortSignal,
  ): Promise<readonly (IcmpReply | undefined)[]>;
}

interface Ports {
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly fping?: Fping;
}

interface Resolved {
  readonly request: IcmpRequest;
  readonly to: ResolvedAddress | undefined;
  readonly resolveMs: number;
}

/** Addresses of one process, and processes at the same time. */
const batchSize = 500;
const processes = 4;

export function createIcmp({ clock, resolver, fping = createFping(clock) }: Ports): IcmpSource {
  async function resolve(request: IcmpRequest, signal: AbortSignal): Promise<Resolved> {
    const start = clock.monotonic();
    const { address, timeoutMs, prefer } = request;
    const to = await resolver.lookup(address, { timeoutMs, signal, prefer }).catch(() => undefined);
    return { request, to, resolveMs: clock.monotonic() - start };
  }

  async function runBatch(batch: FpingBatch, end: number, signal: AbortSignal): Promise<Finished | undefined> {
    const start = clock.monotonic();
    if (start + longestRun(batch) > end) return undefined;
    const found = await fping.run(batch, signal);
    return { batch, found, ms: clock.monotonic() - start };
  }

  return {
    probe: async (address, options, signal) => {
      const { to, resolveMs } = await resolve({ address, ...options }, signal);
      if (!to) return unresolved(resolveMs);
      return { ...(await pingOnce(clock, to, options, signal)), protocol: to.family, ip: to.address, resolveMs };
    },
    hasFping: fping.available,
    probeMany: async (requests, { budgetMs }, signal) => {
      const end = clock.monotonic() + budgetMs;
      const resolved = await Promise.all(requests.map((request) => resolve(request, signal)));
      const finished = await mapBounded(batchesOf(resolved), processes, (batch) => runBatch(batch, end, signal));
      const replies = new Map(finished.flatMap((run) => (run ? repliesOf(run) : [])));
      return resolved.map(({ request, to, resolveMs }) => {
        if (!to) return unresolved(resolveMs);
        const reply = replies.get(batchKey(request, to) + to.address);
        return (
          reply && {
            ...reply,
            protocol: to.family,
            ip: to.address,
            resolveMs,
            durationMs: resolveMs + reply.durationMs,
          }
        );
      });
    },
  };
}

function unresolved(resolveMs: number): IcmpReply {
  return { ...silence, failure: 'dns', protocol: undefined, ip: undefined, resolveMs };
}

/** What requests of one process must have in common. */
function batchKey({ count, timeoutMs, payloadSize, ttl }: EchoOptions, { family }: { readonly family: 4 | 6 }): string {
  return JSON.stringify([family, count, timeoutMs, payloadSize, ttl]);
}

/** Requests of one kind together, at most `batchSize` to a process, an address that several ask for once. */
function batchesOf(resolved: readonly Resolved[]): readonly FpingBatch[] {
  const kinds = new Map<string, { readonly options: EchoOptions; readonly family: 4 | 6; readonly all: Set<string> }>();
  for (const { request, to } of resolved) {
    if (!to) continue;
    const key = batchKey(request, to);
    const kind = kinds.get(key) ?? { options: request, family: to.family, all: new Set() };
    kind.all.add(to.address);
    kinds.set(key, kind);
  }
  return [...kinds.values()].flatMap(({ options, family, all }) => {
    const { count, timeoutMs, payloadSize, ttl } = options;
    return chunks([...all], batchSize).map((addresses) => ({ family, addresses, count, timeoutMs, payloadSize, ttl }));
  });
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

interface Finished {
  readonly batch: FpingBatch;
  readonly found: ReadonlyMap<string, FpingTarget>;
  readonly ms: number;
}

function repliesOf({ batch, found, ms }: Finished): readonly (readonly [string, Echoes & { durationMs: number }])[] {
  const key = batchKey(batch, batch);
  return batch.addresses.map((address) => [key + address, { ...echoesOf(found.get(address)), durationMs: ms }]);
}

/** An address that fping does not speak of is one that it could not send to. */
function echoesOf(target: FpingTarget | undefined): Echoes {
  if (!target) return { ...silence, failure: 'unreachable' };
  const rttsMs = target.packets.filter((ms) => ms !== undefined);
  const failure = rttsMs.length > 0 ? undefined : target.unreachable ? 'unreachable' : 'timeout';
  return { sent: target.packets.length, received: rttsMs.length, rttsMs, hopLimit: undefined, failure };
}
