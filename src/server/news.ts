import type { Collecting } from '../collectors/run.ts';
import type { Clock } from '../lib/clock.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import { freshFlight } from '../lib/loop.ts';
import type { Engine } from './engine.ts';

/** The collectors that are told of news between their collections. */
export const toldCollectors = ['github-queue', 'github-pipelines'] as const;
export type ToldCollector = (typeof toldCollectors)[number];

interface Parts {
  readonly collecting: Pick<Collecting, 'show'>;
  readonly engine: () => Pick<Engine, 'evaluateNow'> | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** The end of the configuration that all this belongs to. */
  readonly signal: AbortSignal;
}

interface News {
  /** Shows what the collector was told and asks the rules about it, once for all that comes at the same time. */
  tell(collector: ToldCollector): void;
  /** After the signal: ends when nothing is under way any more. */
  end(): Promise<void>;
}

/** A matrix of jobs is told one by one; showing them takes milliseconds of everybody's time. */
const showEveryMs = 100;

/** Showing does not wait for the rules, whose picture takes as long as the slowest collector that is read for it. */
export function createNews({ collecting, engine, clock, log, signal }: Parts): News {
  const changed = new Set<ToldCollector>();
  const showing = freshFlight(() =>
    quietly('news could not be shown', async () => {
      for (const collector of changed) collecting.show(collector);
      changed.clear();
      void evaluating();
      await clock.sleep(showEveryMs, signal).catch(() => undefined);
    }),
  );
  const evaluating = freshFlight(() => quietly('news could not be evaluated', async () => engine()?.evaluateNow()));

  async function quietly(message: string, work: () => Promise<void>): Promise<void> {
    if (signal.aborted) return;
    await work().catch((error: unknown) => log.error({ reason: reasonOf(error) }, message));
  }
  return {
    tell: (collector) => {
      changed.add(collector);
      void showing();
    },
    end: async () => {
      await showing();
      await evaluating();
    },
  };
}
