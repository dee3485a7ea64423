import { execFileSync, spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Namespace } from './netns.ts';
import { binary } from './services.ts';
import { startProcess } from './spawn.ts';
import { waitUntil } from './wait.ts';

/** What happens to packets of one direction. */
export interface Impairment {
  /** 0 to 1. */
  readonly loss?: number;
  readonly delayMs?: number;
}

interface Link {
  readonly from: Namespace;
  readonly to: Namespace;
  readonly impairment: Impairment | undefined;
  readonly stack: AsyncDisposableStack;
}

/** In milliseconds, by the address that was pinged, the newest last. */
export type RoundTrips = ReadonlyMap<string, readonly number[]>;

/**
 * Two devices named `near`, one in each namespace; what goes from the first to the second is impaired. Gives what
 * each ping took at the link itself, or nothing where the kernel makes the delay and keeps to it.
 */
export async function impairedLink({ from, to, impairment, stack }: Link): Promise<RoundTrips | undefined> {
  if (impairment && !hasNetem(from)) return relayLink(from, to, impairment, stack);
  from.ip('link add near type veth peer name peer');
  from.ip(`link set peer netns ${to.name}`);
  to.ip('link set peer name near');
  if (impairment) from.run(binary('tc'), ...`qdisc add dev near root netem ${netemWords(impairment)}`.split(' '));
  return undefined;
}

function hasNetem(at: Namespace): boolean {
  const [command = 'ip', ...prefix] = at.prefix;
  const add = [binary('tc'), 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '0ms'];
  if (spawnSync(command, [...prefix, ...add], { stdio: 'ignore' }).status !== 0) return false;
  at.run(binary('tc'), 'qdisc', 'delete', 'dev', 'lo', 'root');
  return true;
}

function netemWords({ loss = 0, delayMs = 0 }: Impairment): string {
  return `delay ${delayMs}ms loss ${loss * 100}% limit 100000`;
}

/**
 * Where the kernel was built without sch_netem: two tunnel devices whose packets socat hands over as datagrams, and
 * between them a relay here that does to them what netem would.
 */
async function relayLink(
  from: Namespace,
  to: Namespace,
  impairment: Impairment,
  stack: AsyncDisposableStack,
): Promise<RoundTrips> {
  const [first, second] = [await tunnelEnd(from, stack), await tunnelEnd(to, stack)];
  const { loss = 0, delayMs = 0 } = impairment;
  const random = seeded(77);
  const watch = stopwatch();
  first.socket.on('message', async (packet) => {
    watch.sent(packet);
    if (random() < loss) return;
    await preciseDelay(delayMs);
    second.socket.send(packet, second.port, '127.0.0.1');
  });
  second.socket.on('message', (packet) => {
    watch.answered(packet);
    first.socket.send(packet, first.port, '127.0.0.1');
  });
  return watch.roundTrips;
}

/** The relay shares its processor with the test: how late it was is known, so that it is not taken for a wrong measure. */
function stopwatch() {
  const sent = new Map<string, number>();
  const roundTrips = new Map<string, number[]>();
  return {
    roundTrips,
    sent: (packet: Buffer) => void sent.set(pingOf(packet, 16), performance.now()),
    answered(packet: Buffer): void {
      const ping = pingOf(packet, 12);
      const from = sent.get(ping);
      if (from === undefined) return;
      sent.delete(ping);
      const address = packet.subarray(12, 16).join('.');
      const took = [...(roundTrips.get(address) ?? []), performance.now() - from];
      roundTrips.set(address, took.slice(-100));
    },
  };
}

/** The far address, at this place of the IPv4 header, with the identifier and number of the ICMP message (RFC 792). */
function pingOf(packet: Buffer, farAddressAt: number): string {
  return packet.toString('hex', farAddressAt, farAddressAt + 4) + packet.toString('hex', 24, 28);
}

interface TunnelEnd {
  readonly socket: Socket;
  /** Where the tunnel's datagrams come from, and go to. */
  readonly port: number;
}

let tunnels = 0;

async function tunnelEnd({ name }: Namespace, stack: AsyncDisposableStack): Promise<TunnelEnd> {
  const socket = await bound();
  const spare = await bound();
  const { port } = spare.address();
  spare.close();
  const device = `rw${process.pid % 1_000_000}x${tunnels++}`;
  const peer = `UDP4-DATAGRAM:127.0.0.1:${socket.address().port},bind=127.0.0.1:${port}`;
  const args = ['-d', '-d', `TUN,tun-name=${device},iff-no-pi`, peer];
  stack.use(await startProcess({ command: binary('socat'), args, ready: { output: /starting data transfer loop/ } }));
  stack.defer(() => void socket.close());
  execFileSync(binary('ip'), ['link', 'set', device, 'netns', name, 'name', 'near']);
  await waitUntil(() => spawnSync(binary('ip'), ['-n', name, 'link', 'show', 'near']).status === 0, {
    ...{ timeoutMs: 5_000, what: () => `no device near in ${name}` },
  });
  return { socket, port };
}

async function bound(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4_000_000 });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** A timer may come a millisecond early or late; the last two are spent looking at the clock. */
async function preciseDelay(ms: number): Promise<void> {
  const due = performance.now() + ms;
  if (ms > 2) await delay(ms - 2);
  while (performance.now() < due) await new Promise(setImmediate);
}

/** Numbers from 0 to 1, the same in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
