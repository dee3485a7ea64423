import type { RunReading } from '../../model/ended-run.ts';
import { type Sample, sample } from '../../model/sample.ts';
import { pipelineMetrics as metrics } from './pipelines-metrics.ts';
import type { Reach } from './pipelines-reach.ts';

/** How the reading of a polled repository's runs goes. Times are ms since the epoch, undefined where there is none. */
export interface Reading {
  readonly repository: string;
  /** Runs that ended before this are the past: they count in no counter. */
  readonly since: number;
  /** When its runs were last read, over restarts. */
  readonly readAt: number | undefined;
  /** When a webhook last told of one. */
  readonly heardAt: number | undefined;
  /** When it was last tried. */
  readonly triedAt: number | undefined;
  /** Whether that went well. */
  readonly success: boolean | undefined;
  readonly defaultBranch: string | undefined;
  /** When GitHub is to be asked for the default branch again. */
  readonly branchDueAt: number | undefined;
  /** When runs that were made long ago were last looked through. */
  readonly sweptAt: number | undefined;
  /** How far back it still has to be read. */
  readonly owed: Reach | undefined;
}

export interface RunReadings {
  restore(kept: readonly RunReading[]): void;
  /** Undefined where the repository is not polled. */
  of(repository: string): Reading | undefined;
  /** Of a repository that is not polled nothing is kept. */
  update(repository: string, news: Partial<Omit<Reading, 'repository' | 'since'>>): void;
  /** All of them, where what was last given is too old or wrong by now; else none. */
  unsaved(now: number): readonly RunReading[];
  samples(): readonly Sample[];
}

/** A time of reading that is a little too old does no harm, and each write is a flush of the disk. */
const saveEveryMs = 5 * 60_000;

/** `startedAt`: what ended before it is the past of a repository that was never read. */
export function createRunReadings(repositories: readonly string[], startedAt: number): RunReadings {
  const times = { since: startedAt, readAt: undefined, heardAt: undefined, triedAt: undefined, branchDueAt: undefined };
  const fresh = { ...times, success: undefined, defaultBranch: undefined, sweptAt: undefined, owed: undefined };
  const readings = new Map<string, Reading>(repositories.map((repository) => [repository, { ...fresh, repository }]));
  let savedAt: number | undefined;

  return {
    restore(kept) {
      for (const { repository, ...known } of kept) {
        const reading = readings.get(repository);
        if (reading) readings.set(repository, { ...reading, ...known });
      }
    },
    of: (repository) => readings.get(repository),
    update(repository, news) {
      const before = readings.get(repository);
      if (!before) return;
      const after = { ...before, ...news };
      readings.set(repository, after);
      const isFirst = before.readAt === undefined && after.readAt !== undefined;
      if (isFirst || after.defaultBranch !== before.defaultBranch) savedAt = undefined;
    },
    unsaved(now) {
      if (savedAt !== undefined && now - savedAt < saveEveryMs) return [];
      savedAt = now;
      return [...readings.values()].flatMap(({ repository, since, readAt, defaultBranch }) =>
        readAt === undefined ? [] : [{ repository, since, readAt, defaultBranch }],
      );
    },
    samples: () => [...readings.values()].flatMap(samplesOf),
  };
}

function samplesOf({ repository, success, readAt, heardAt }: Reading): readonly Sample[] {
  const last = Math.max(readAt ?? 0, heardAt ?? 0);
  return [
    ...(success === undefined ? [] : [sample(metrics.success, { repository }, Number(success))]),
    ...(last === 0 ? [] : [sample(metrics.lastSuccess, { repository }, last / 1000)]),
  ];
}
