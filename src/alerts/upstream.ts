import { backoffMs } from '../lib/backoff.ts';
import { rfc3339 } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { secretText } from '../lib/secret.ts';
import type { Alert } from '../model/alert.ts';
import { createBell } from './bell.ts';
import { post } from './http-post.ts';
import { httpConfigOf } from './http-settings.ts';
import type { Delivery, ReceiverDeps } from './receivers/receiver.ts';
import type { Upstream } from './upstream-config.ts';
import { createUpstreamQueue, type QueuedAlert } from './upstream-queue.ts';

export interface UpstreamStats {
  /** Its URL, which holds no secret. */
  readonly alertmanager: string;
  readonly sent: number;
  /** Alerts in calls that failed; they are tried again. */
  readonly failed: number;
  /** Refused, or kept out by the queue's bound. */
  readonly dropped: number;
  readonly queued: number;
}

/** Real Alertmanagers that are told every alert, each of them all: a cluster sorts out who speaks. */
export interface Upstreams {
  accept(alerts: readonly Alert[]): void;
  stats(): readonly UpstreamStats[];
  run(signal: AbortSignal): Promise<void>;
}

export interface UpstreamDeps {
  readonly receivers: ReceiverDeps;
  readonly log: Log;
  /** In [0, 1), for the jitter. */
  readonly random: () => number;
  readonly limit?: number;
}

/** Prometheus' `--alertmanager.notification-queue-capacity` and `--alertmanager.notification-batch-size`. */
const maxQueued = 10_000;
const batchSize = 256;
const retryBackoff = { firstMs: 1000, maxMs: 60_000 };

export function createUpstreams(configs: readonly Upstream[], deps: UpstreamDeps): Upstreams {
  const targets = configs.map((config) => createTarget(config, deps));
  return {
    accept: (alerts) => {
      for (const target of targets) target.accept(alerts);
    },
    stats: () => targets.map(({ stats }) => stats()),
    run: async (signal) => {
      await Promise.all(targets.map(({ run }) => run(signal)));
    },
  };
}

function createTarget(config: Upstream, { receivers, log, random, limit = maxQueued }: UpstreamDeps) {
  const { clock } = receivers;
  const alertmanager = config.url;
  const queue = createUpstreamQueue(limit);
  const bell = createBell(clock);
  const counts = { sent: 0, failed: 0, dropped: 0 };
  let failures = 0;

  function drop(count: number, reason: string): void {
    if (count === 0) return;
    counts.dropped += count;
    log.error({ alertmanager, count, reason }, 'alerts for an Alertmanager dropped');
  }

  async function settle(batch: readonly QueuedAlert[], delivery: Delivery, signal: AbortSignal): Promise<void> {
    if (delivery.ok) {
      failures = 0;
      counts.sent += batch.length;
      return;
    }
    counts.failed += batch.length;
    if (!delivery.retry) return drop(batch.length, delivery.message);
    drop(queue.putBack(batch), 'too many are waiting');
    const waitMs = Math.max(delivery.retryAfterMs ?? 0, backoffMs(retryBackoff, failures, random));
    failures++;
    log.warn({ alertmanager, reason: delivery.message, waitMs }, 'Alertmanager could not be told');
    await clock.sleep(Math.min(waitMs, retryBackoff.maxMs), signal).catch(() => undefined);
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const batch = queue.take(batchSize);
      if (batch.length === 0) await bell.sleep(undefined, signal);
      else await settle(batch, await send(receivers, config, { batch, signal }), signal);
    }
  }

  return {
    run,
    accept(alerts: readonly Alert[]) {
      drop(queue.put(alerts, clock.now()), 'too many are waiting');
      bell.ring();
    },
    stats: () => ({ alertmanager, ...counts, queued: queue.size }),
  };
}

function send(
  receivers: ReceiverDeps,
  config: Upstream,
  { batch, signal }: { readonly batch: readonly QueuedAlert[]; readonly signal: AbortSignal },
): Promise<Delivery> {
  const body = JSON.stringify(batch.map(({ alert }) => postable(alert)));
  const url = secretText(`${config.url.replace(/\/+$/, '')}/api/v2/alerts`);
  return post(
    receivers,
    { what: 'the Alertmanager', url, http: httpConfigOf(config), timeout: config.timeout, body },
    signal,
  );
}

/** Alertmanager's postableAlert. */
function postable({ labels, annotations, startsAt, endsAt, generatorURL }: Alert) {
  return { labels, annotations, startsAt: rfc3339(startsAt), endsAt: rfc3339(endsAt), generatorURL };
}
