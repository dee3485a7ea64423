import type { Clock } from '../lib/clock.ts';
import { withDeadline } from '../lib/deadline.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import { every, freshFlight, singleFlight } from '../lib/loop.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';
import { type CollectorConfig, PartialCollection, type Schedule } from './collector.ts';

/** A collector with its configuration and ports filled in: what differs between collectors is behind `collect`. */
export interface BoundCollector {
  readonly name: string;
  readonly schedule: Schedule;
  readonly config: CollectorConfig;
  idle(): string | undefined;
  /** Milliseconds until the next collection; `config.interval` where it is not said. */
  pace?(): number;
  view?(): readonly Sample[];
  collect(signal: AbortSignal): Promise<readonly Sample[]>;
}

/** What an operator wants to know of one collector. */
export interface CollectorStatus {
  readonly name: string;
  /** Why it does not run at all; undefined where it does. */
  readonly idle: string | undefined;
  /** undefined until its first collection has ended. */
  readonly success: boolean | undefined;
  readonly error: string | undefined;
  readonly durationSeconds: number | undefined;
  readonly lastSuccess: number | undefined;
  /** When it succeeded again after it had failed; undefined where it has not. */
  readonly againAt: number | undefined;
}

export interface Collecting {
  /** Runs one collector, with a picture that is not older than this call. Never rejects. */
  collect(name: string): Promise<void>;
  /** Shows what the collector knows by now without collecting, idle or not. */
  show(name: string): void;
  /** Runs the collectors that are read at each scrape. Never rejects. */
  scrape(): Promise<void>;
  /** Runs the others on their schedules until the signal ends. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Settles when every scheduled collector that can run has ended its first collection, well or not; those that run
   * less than once a minute are slow, and not waited for.
   */
  first(): Promise<void>;
  status(): readonly CollectorStatus[];
  /** `runnerwatch_collector_*` of all that ran. */
  samples(): readonly Sample[];
}

export const collectorMetrics = {
  success: gauge('runnerwatch_collector_success', 'Whether the last collection succeeded (1) or not (0).', [
    'collector',
  ]),
  duration: gauge('runnerwatch_collector_duration_seconds', 'How long the last collection took.', ['collector']),
  lastSuccess: gauge(
    'runnerwatch_collector_last_success_timestamp_seconds',
    'When the collector last succeeded: the age of its samples.',
    ['collector'],
  ),
  again: gauge(
    'runnerwatch_collector_recovered_timestamp_seconds',
    'When the collector succeeded for the first time after it had failed; absent where it has not failed since the start.',
    ['collector'],
  ),
} as const;

interface Ports {
  readonly clock: Clock;
  readonly log: Log;
  readonly latest: { replace(source: string, samples: readonly Sample[]): unknown };
  readonly signal: AbortSignal;
  /** Collectors that others tell of news: what they know is shown where they are idle, too. */
  readonly told?: readonly string[];
}

const promptMs = 60_000;

/** One failing or hanging collector never fails or delays another, nor a scrape beyond its own timeout. */
export function createCollecting(collectors: readonly BoundCollector[], ports: Ports): Collecting {
  const units = collectors.filter(({ config }) => config.enabled).map((unit) => createUnit(unit, ports));
  return {
    collect: async (name) => units.find((unit) => unit.name === name)?.collect(),
    show: (name) => units.find((unit) => unit.name === name)?.show(),
    scrape: async () => {
      await Promise.all(units.filter(({ schedule }) => schedule === 'scrape').map((unit) => unit.join()));
    },
    run: async (signal) => {
      const loops = units.flatMap((unit) =>
        unit.schedule === 'interval' ? [every(ports.clock, unit.paceMs, signal, unit.collect)] : [],
      );
      await Promise.all(loops);
    },
    first: async () => {
      await Promise.all(
        units.flatMap((unit) => (unit.schedule === 'interval' && unit.intervalMs <= promptMs ? [unit.first] : [])),
      );
    },
    status: () => units.map((unit) => unit.status()),
    samples: () => units.flatMap((unit) => samplesOf(unit.status())),
  };
}

function createUnit(collector: BoundCollector, ports: Ports) {
  const { name, schedule, config } = collector;
  let status: CollectorStatus = {
    name,
    idle: collector.idle(),
    success: undefined,
    error: undefined,
    durationSeconds: undefined,
    lastSuccess: undefined,
    againAt: undefined,
  };
  const first = Promise.withResolvers<void>();
  function show(): void {
    if (collector.view) ports.latest.replace(name, collector.view());
  }
  const intervalMs = config.interval ?? config.timeout;
  async function update(): Promise<void> {
    // Something that worked before and is gone now, such as Docker's socket, is a failure and no idleness.
    const idle = status.success === undefined ? collector.idle() : undefined;
    if (idle !== undefined) {
      status = { ...status, idle };
      if (ports.told?.includes(name)) tryTo(show, name, ports.log);
      return;
    }
    const next = await attempt(collector, ports, status);
    report(ports.log, status, next);
    status = next;
  }
  const collect = freshFlight(() => update().finally(first.resolve));
  return {
    name,
    schedule,
    intervalMs,
    paceMs: () => collector.pace?.() ?? intervalMs,
    collect,
    join: singleFlight(collect),
    show,
    first: first.promise,
    status: () => status,
  };
}

/** What was told before a restart, and what has grown old since, where nothing is collected. */
function tryTo(show: () => void, collector: string, log: Log): void {
  try {
    show();
  } catch (error) {
    log.warn({ collector, reason: reasonOf(error) }, 'what is known could not be shown');
  }
}

async function attempt(collector: BoundCollector, ports: Ports, before: CollectorStatus): Promise<CollectorStatus> {
  const { clock, latest, signal } = ports;
  const { name, config } = collector;
  const start = clock.monotonic();
  const ended = (error?: string): CollectorStatus => ({
    name,
    idle: undefined,
    success: error === undefined,
    error,
    durationSeconds: (clock.monotonic() - start) / 1000,
    lastSuccess: error === undefined ? clock.now() : before.lastSuccess,
    againAt: error === undefined && before.success === false ? clock.now() : before.againAt,
  });
  try {
    const deadline = { ms: config.timeout, what: `collector ${name}`, signal };
    latest.replace(name, await withDeadline(clock, deadline, (cut) => collector.collect(cut)));
    return ended();
  } catch (error) {
    // What is not known now is not shown as if it were: only the part that was collected stays.
    latest.replace(name, error instanceof PartialCollection ? error.samples : []);
    return ended(reasonOf(error));
  }
}

/** A reason is logged when it begins and when it ends, not at each collection. */
function report(log: Log, before: CollectorStatus, now: CollectorStatus): void {
  if (now.error !== undefined && now.error !== before.error) {
    log.warn({ collector: now.name, reason: now.error }, 'collector failed');
  }
  if (now.success && before.idle !== undefined) log.info({ collector: now.name }, 'watching');
  if (now.success && before.success === false) log.info({ collector: now.name }, 'collector recovered');
}

function samplesOf({ name: collector, ...status }: CollectorStatus): readonly Sample[] {
  const { success, durationSeconds, lastSuccess, againAt } = status;
  if (success === undefined) return [];
  const labels = { collector };
  return [
    sample(collectorMetrics.success, labels, Number(success)),
    sample(collectorMetrics.duration, labels, durationSeconds ?? 0),
    ...(lastSuccess === undefined ? [] : [sample(collectorMetrics.lastSuccess, labels, lastSuccess / 1000)]),
    ...(againAt === undefined ? [] : [sample(collectorMetrics.again, labels, againAt / 1000)]),
  ];
}
