import type { Clock } from '../lib/clock.ts';
import { createStepWatch } from '../lib/clock-step.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import type { Database } from '../state/database.ts';
import { createOutbox, type OutboxEntry } from '../state/outbox.ts';
import { createAttempts, type GivenUp, type NotificationCounters } from './attempt.ts';
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
/** Per queue; beyond it the oldest are given up. */
const maxUnsent = 10_000;
/** How long a failing disk is left alone, so that the same notification is not sent in a circle. */
const diskFailureMs = 10_000;

export function createDelivery(deps: DeliveryDeps): DeliveryWorker {
  const { database, routing, clock, log } = deps;
  const outbox = createOutbox(database);
  const stop = new AbortController();
  const attempts = createAttempts({ ...deps, outbox, signal: stop.signal });
  const integrations = new Map([...routing.receivers.values()].flat().map((each) => [each.id, each]));
  /** The groups under way, by queue. */
  const busy = new Map<string, Set<string>>();
  /** Until when a queue's receiver wants to hear nothing. */
  const restUntil = new Map<string, number>();
  const running = new Set<Promise<void>>();
  const timetable = createBell(clock);
  const changes = createBell(clock);
  const clockStep = createStepWatch(clock);

  /** Of several that were sent at once, the one that is to wait longest decides. */
  function rest(queue: string, until: number): void {
    restUntil.set(queue, Math.max(until, restUntil.get(queue) ?? 0));
  }

  async function work(integration: Integration, entry: OutboxEntry, groups: Set<string>): Promise<void> {
    groups.add(entry.groupKey);
    try {
      const restMs = await attempts.make(integration, entry);
      if (restMs !== undefined) rest(integration.id, clock.now() + restMs);
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
      guarded(() => startDue(integration));
      timetable.ring();
    });
    running.add(done);
  }

  function startDue(integration: Integration): void {
    if (stop.signal.aborted || (restUntil.get(integration.id) ?? 0) > clock.now()) return;
    const groups = busy.get(integration.id) ?? new Set();
    busy.set(integration.id, groups);
    // Those under way are still in the outbox, and may be the first that are due.
    for (const entry of outbox.due(integration.id, clock.now(), maxConcurrent + groups.size)) {
      if (groups.size >= maxConcurrent) return;
      if (!groups.has(entry.groupKey)) start(integration, entry, groups);
    }
  }

  function startAllDue(): void {
    for (const integration of integrations.values()) startDue(integration);
  }

  function refuse(queue: string, keep: number, why: GivenUp, reason: string): void {
    for (const entry of outbox.beyond(queue, keep)) {
      if (!busy.get(queue)?.has(entry.groupKey)) attempts.giveUp(queue, entry, { why, reason });
    }
  }

  /** A disk that fails now may work again later: what is unsent waits for that. */
  function guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      log.error({ reason: reasonOf(error) }, 'outbox could not be read');
    }
  }

  function wake(): void {
    guarded(() => {
      const tooMany = `more than ${maxUnsent} wait for this receiver`;
      for (const id of integrations.keys()) refuse(id, maxUnsent, 'too-many', tooMany);
      startAllDue();
    });
    timetable.ring();
  }

  /** What an earlier process left: for receivers that are gone, or that may be tried at once. */
  function takeOver(): void {
    for (const queue of outbox.queues()) {
      if (!integrations.has(queue)) refuse(queue, 0, 'receiver-gone', 'the receiver is no longer configured');
    }
    outbox.makeDue(clock.now());
  }

  /** A receiver rests as long as it asked for; what waits for another try is tried at once. */
  function followClock(): void {
    const step = clockStep();
    if (step === 0) return;
    for (const [queue, until] of restUntil) restUntil.set(queue, until + step);
    outbox.makeDue(clock.now());
  }

  /** How long until more is due; never long, so that a disk that failed is asked again. */
  function untilNext(): number {
    try {
      const now = clock.now();
      const next = outbox.nextDue(now);
      const turns = [...restUntil.values(), ...(next === undefined ? [] : [next])].filter((at) => at > now);
      return Math.min(diskFailureMs, ...turns.map((at) => at - now));
    } catch {
      return diskFailureMs;
    }
  }

  return {
    wake,
    pending: outbox.pending,
    async run(signal) {
      guarded(takeOver);
      while (!signal.aborted) {
        guarded(followClock);
        guarded(startAllDue);
        await timetable.sleep(untilNext(), signal);
      }
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
