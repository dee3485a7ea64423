import type { Clock } from '../lib/clock.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import type { Database } from '../state/database.ts';
import { createOutbox, type OutboxEntry } from '../state/outbox.ts';
import { createAttempts, type NotificationCounters } from './attempt.ts';
import { createBell } from './bell.ts';
import type { ReceiverDeps } from './receivers/receiver.ts';
import type { Integration, Routing } from './route.ts';

export interface DeliveryDeps {
  readonly database: Database;
  readonly routing: Routing;
  readonly receivers: ReceiverDeps;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: NotificationCounters;
  /** In [0, 1), for the jitter. */
  readonly random: () => number;
}

export interface DeliveryWorker {
  /** Sends what is due, at once. The dispatcher calls it after it enqueued. */
  wake(): void;
  /** Sends what an earlier process left, then what comes, until the signal ends. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Waits until nothing is under way, at most `deadlineMs`, then ends what still is, and sends nothing more; what is
   * unsent stays on disk. True where nothing is.
   */
  drain(deadlineMs: number): Promise<boolean>;
  pending(): number;
}

/** Groups of one queue that are sent at the same time: one that fails holds up only itself. */
const maxConcurrent = 4;
const maxUnsent = 1000;
/** What a failing disk costs between two attempts, so that the same notification is not sent in a circle. */
const diskFailureMs = 10_000;

export function createDelivery(deps: DeliveryDeps): DeliveryWorker {
  const { database, routing, clock, log } = deps;
  const outbox = createOutbox(database);
  const stop = new AbortController();
  const attempts = createAttempts({ ...deps, outbox, signal: stop.signal });
  const integrations = new Map([...routing.receivers.values()].flat().map((each) => [each.id, each]));
  /** The groups under way, by queue. */
  const busy = new Map<string, Set<string>>();
  const running = new Set<Promise<void>>();
  const timetable = createBell(clock);
  const changes = createBell(clock);

  async function work(integration: Integration, entry: OutboxEntry, groups: Set<string>): Promise<void> {
    groups.add(entry.groupKey);
    try {
      await attempts.make(integration, entry);
    } catch (error) {
      log.error({ queue: integration.id, reason: reasonOf(error) }, 'outbox could not be written');
      await clock.sleep(diskFailureMs, stop.signal).catch(() => undefined);
    }
    groups.delete(entry.groupKey);
  }

  function start(integration: Integration, entry: OutboxEntry, groups: Set<string>): void {
    const done = work(integration, entry, groups).finally(() => {
      running.delete(done);
      changes.ring();
      wake();
    });
    running.add(done);
  }

  function groupsUnderWay(queue: string): Set<string> {
    const groups = busy.get(queue) ?? new Set();
    busy.set(queue, groups);
    return groups;
  }

  function serve(queue: string): void {
    const integration = integrations.get(queue);
    const entries = outbox.unsent(queue);
    if (!integration) {
      refuse(queue, entries, 'the receiver is no longer configured');
      return;
    }
    const surplus = Math.max(0, entries.length - maxUnsent);
    refuse(queue, entries.slice(0, surplus), `more than ${maxUnsent} wait for this receiver`);
    startDue(integration, entries.slice(surplus));
  }

  function refuse(queue: string, entries: readonly OutboxEntry[], reason: string): void {
    const groups = groupsUnderWay(queue);
    for (const entry of entries) if (!groups.has(entry.groupKey)) attempts.giveUp(queue, entry, reason);
  }

  function startDue(integration: Integration, entries: readonly OutboxEntry[]): void {
    const groups = groupsUnderWay(integration.id);
    for (const entry of firstOfEachGroup(entries)) {
      if (groups.size >= maxConcurrent) return;
      if (entry.dueAt <= clock.now() && !groups.has(entry.groupKey)) start(integration, entry, groups);
    }
  }

  /** Starts what is due; returns how long until more is. */
  function serveAll(): number | undefined {
    if (stop.signal.aborted) return undefined;
    try {
      for (const queue of outbox.queues()) serve(queue);
      const next = outbox.nextDue(clock.now());
      return next === undefined ? undefined : next - clock.now();
    } catch (error) {
      log.error({ reason: reasonOf(error) }, 'outbox could not be read');
      return diskFailureMs;
    }
  }

  function wake(): void {
    serveAll();
    timetable.ring();
  }

  return {
    wake,
    pending: outbox.pending,
    async run(signal) {
      outbox.makeDue(clock.now());
      while (!signal.aborted) await timetable.sleep(serveAll(), signal);
      stop.abort();
      await Promise.allSettled(running);
    },
    async drain(deadlineMs) {
      const end = clock.monotonic() + deadlineMs;
      while (running.size > 0 && clock.monotonic() < end) await changes.sleep(end - clock.monotonic(), stop.signal);
      stop.abort();
      await Promise.allSettled(running);
      return outbox.pending() === 0;
    },
  };
}

/** Within a group the order is kept, so only its oldest entry may go. */
function firstOfEachGroup(entries: readonly OutboxEntry[]): readonly OutboxEntry[] {
  const oldest = new Map<string, OutboxEntry>();
  for (const entry of entries) if (!oldest.has(entry.groupKey)) oldest.set(entry.groupKey, entry);
  return [...oldest.values()];
}
