import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { Random } from './random.ts';

/** Where a request stands when its sender is killed. */
export const requestPoints = ['request began', 'body read', 'answer sent'] as const;
export type RequestPoint = (typeof requestPoints)[number];

/** One notification as it was accepted: Alertmanager's webhook, the part that is judged. */
export interface Accepted {
  readonly text: string;
  readonly groupKey: string;
  readonly alerts: readonly { readonly status: 'firing' | 'resolved'; readonly labels: Record<string, string> }[];
}

/**
 * A webhook receiver that takes its time, refuses now and then, and tells where each request stands, so that its sender
 * can be killed there. A notification counts as accepted when the answer 200 goes to a connection that still stands.
 */
export interface Receiver extends AsyncDisposable {
  readonly port: number;
  readonly accepted: readonly Accepted[];
  /** Bodies that were read to their end, accepted or not. */
  readonly read: readonly string[];
  at(listener: (point: RequestPoint) => void): void;
  /** Whether a body with these words was read, accepted or not. */
  hasSeen(status: string, alert: string): boolean;
}

/** An alert's name in what is seen: `firing group/part/cycle`. */
export function nameOf({ group = '', part = '', cycle = '' }: Readonly<Record<string, string>>): string {
  return `${group}/${part}/${cycle}`;
}

/** Most are accepted at once, some after a while. */
const slowShare = 0.1;
const slowMs = 8;
const refusedShare = 0.03;

export async function createReceiver(random: Random): Promise<Receiver> {
  const accepted: Accepted[] = [];
  const read: string[] = [];
  const seen = new Set<string>();
  let tell: (point: RequestPoint) => void = () => undefined;

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    tell('request began');
    const body = await text(request);
    const notification = JSON.parse(body) as Omit<Accepted, 'text'>;
    read.push(body);
    for (const { status, labels } of notification.alerts) seen.add(`${status} ${nameOf(labels)}`);
    tell('body read');
    if (random.next() < slowShare) await delay(slowMs);
    // A connection whose end has come already is not seen to be gone before.
    else await turn();
    if (response.destroyed || request.socket.destroyed) return;
    const isRefused = random.next() < refusedShare;
    response.writeHead(isRefused ? 503 : 200).end();
    if (isRefused) return;
    accepted.push({ ...notification, text: body });
    tell('answer sent');
  }
  // A sender that was killed breaks its request off.
  const server = createServer((request, response) => void take(request, response).catch(() => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    accepted,
    read,
    at: (listener) => {
      tell = listener;
    },
    hasSeen: (status, alert) => seen.has(`${status} ${alert}`),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
