import type { z } from 'zod';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Audit } from '../model/audit.ts';
import type { MetricDef, Sample } from '../model/sample.ts';

/**
 * When a collector runs: `scrape` is cheap and read whenever somebody scrapes or evaluates; `interval` is slow or
 * costs somebody else something, and runs on its own schedule.
 */
export type Schedule = 'scrape' | 'interval';

/** What every collector config has; `interval` is there for `schedule: 'interval'`. */
export interface CollectorConfig {
  readonly enabled: boolean;
  readonly interval?: number;
  readonly timeout: number;
}

/** A collector as a plain object: its file, one line in `index.ts`, a test and a fixture. */
export interface Collector<C extends z.ZodType<CollectorConfig> = z.ZodType<CollectorConfig>, Deps = never> {
  /** Equals the file name, the config key and the `collector` label. */
  readonly name: string;
  /** One sentence; printed in docs/metrics.md. */
  readonly help: string;
  readonly schedule: Schedule;
  readonly config: C;
  /** Every family it may emit; docs/metrics.md and the contract test read it. */
  readonly metrics: Readonly<Record<string, MetricDef>>;
  /** Why there is nothing to watch (no token, no target), or undefined where it can run. Not an error. */
  idle?(deps: Deps, config: z.output<C>): string | undefined;
  /** Milliseconds until the next collection, where whoever is asked wants it later than `config.interval`. */
  pace?(deps: Deps, config: z.output<C>): number;
  /**
   * The picture from what is known already, without asking anybody, for a collector that is also told of news between
   * its collections. A part of what `collect` gives where nothing was left out.
   */
  view?(deps: Deps, config: z.output<C>): readonly Sample[];
  /** A full picture of now: a series that is not returned is gone. Throws on failure. */
  collect(deps: Deps, config: z.output<C>, signal: AbortSignal): Promise<readonly Sample[]>;
}

/** Thrown by a collector that has a part of its picture: the samples are kept, and the collection counts as failed. */
export class PartialCollection extends Error {
  override readonly name = 'PartialCollection';
  readonly samples: readonly Sample[];

  constructor(message: string, samples: readonly Sample[], cause?: unknown) {
    super(message, { cause });
    this.samples = samples;
  }
}

/** Ports that every collector gets beside its own. */
export interface BaseDeps {
  readonly clock: Clock;
  readonly log: Log;
}

/** For those that see what the audit log tells of. */
export interface AuditDeps {
  readonly audit: Audit;
}

export function defineCollector<C extends z.ZodType<CollectorConfig>, Deps>(
  collector: Collector<C, Deps>,
): Collector<C, Deps> {
  return collector;
}
