import { type Backoff, backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Log, reasonOf } from '../../lib/log.ts';
import type { ContainerEvent } from '../../model/container.ts';
import { refused } from './answer.ts';
import type { DockerConnection } from './connection.ts';
import type { OnConnection } from './docker-source.ts';
import { createRecent, linesOf, parseEvent, watchedActions } from './events.ts';

interface WatchDeps {
  readonly connection: DockerConnection;
  readonly clock: Clock;
  readonly log: Log;
}

interface Watcher {
  readonly onEvent: (event: ContainerEvent) => void;
  readonly onConnection: OnConnection;
  readonly signal: AbortSignal;
}

const headTimeoutMs = 10_000;
/** A restarted daemon starts its containers in its first second: ask often, it is a local socket. */
const reconnect: Backoff = { firstMs: 100, maxMs: 5000 };
/** A stream that stood this long was a good one: the next failure is a new one. */
const steadyMs = 10_000;
/** An event's labels are small; this is for the sake of a peer that never ends its line. */
const maxLineLength = 1024 * 1024;
/** The daemon itself remembers 256 events. */
const rememberedEvents = 1024;
/** Asked for again beyond the last event: JavaScript rounds Docker's nanoseconds, and clocks step. */
const overlapMs = 1000;

/**
 * Follows Docker's container events until the signal ends, reconnecting for ever. Each new stream is asked for
 * everything since the last event, and what was seen before is left out, so that nothing is lost or told twice.
 */
export async function watchEvents(deps: WatchDeps, watcher: Watcher): Promise<void> {
  const { connection, clock } = deps;
  const tell = onChange(watcher.onConnection);
  const position: Position = { since: undefined, recent: createRecent(rememberedEvents) };
  let attempt = 0;
  while (!watcher.signal.aborted) {
    const start = clock.monotonic();
    const reason = await follow(deps, watcher, position, () => tell(true, undefined)).then(
      () => `Docker at ${connection.host} ended the event stream`,
      (error: unknown) => reasonOf(error),
    );
    if (watcher.signal.aborted) return;
    tell(false, reason);
    attempt = clock.monotonic() - start > steadyMs ? 0 : attempt + 1;
    await clock.sleep(backoffMs(reconnect, Math.max(0, attempt - 1)), watcher.signal).catch(() => undefined);
  }
}

/** How far the events were told. */
interface Position {
  /** Milliseconds since the epoch; undefined before the first connection, when there is nothing to make up for. */
  since: number | undefined;
  readonly recent: { add(key: string): boolean };
}

/** One stream, from its head to its end. */
async function follow(
  { connection, clock, log }: WatchDeps,
  { onEvent, signal }: Watcher,
  position: Position,
  onOpen: () => void,
): Promise<void> {
  const asked = clock.now();
  const filters = JSON.stringify({ type: ['container'], event: watchedActions });
  const since = position.since === undefined ? {} : { since: ((position.since - overlapMs) / 1000).toFixed(3) };
  const path = '/events';
  const stream = await connection.open({ path, query: { filters, ...since }, timeoutMs: headTimeoutMs, signal });
  if (stream.statusCode !== 200) {
    stream.destroy();
    throw refused({ status: stream.statusCode ?? 0, text: stream.statusMessage ?? '' }, path);
  }
  position.since ??= asked;
  onOpen();
  for await (const line of linesOf(stream, maxLineLength)) {
    const event = line === undefined ? undefined : parseEvent(line);
    if (!event) {
      log.warn({ host: connection.host, length: line?.length }, 'docker event could not be read');
      continue;
    }
    if (position.recent.add(`${event.at} ${event.id} ${event.action} ${event.health}`)) {
      position.since = Math.max(position.since, event.at);
      deliver(event, onEvent, log);
    }
  }
}

/** What the owner does with an event must not end the stream. */
function deliver(event: ContainerEvent, onEvent: (event: ContainerEvent) => void, log: Log): void {
  try {
    onEvent(event);
  } catch (error) {
    log.error({ action: event.action, container: event.name, reason: reasonOf(error) }, 'docker event handler failed');
  }
}

/** Tells only when the state changes: an outage is one message, not one per attempt. */
function onChange(onConnection: OnConnection): OnConnection {
  let last: boolean | undefined;
  return (connected, reason) => {
    if (connected === last) return;
    last = connected;
    onConnection(connected, reason);
  };
}
