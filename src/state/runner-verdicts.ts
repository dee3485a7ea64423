import { z } from 'zod';
import { type RunnerPast, verdicts } from '../model/runner.ts';
import type { Database } from './database.ts';

/** What is remembered of a runner beside its verdict. Times are ms since the epoch. */
const Memory = z.object({
  scopes: z.array(z.string()),
  ephemeral: z.boolean().optional(),
  stopped: z.string().optional(),
  ends: z.array(z.number()),
  busySince: z.number().optional(),
  jobLostSince: z.number().optional(),
});

const Row = z.object({ runner: z.string(), verdict: z.enum(verdicts), since: z.number() });

/** How long runners' verdicts have held, and what the next ones are judged by; one row per runner that there is. */
export interface RunnerVerdictStore {
  load(): readonly RunnerPast[];
  /** All of it or nothing; removed by the names of the runners. */
  save(changed: readonly RunnerPast[], removed: readonly string[]): void;
}

export function createRunnerVerdictStore(database: Database): RunnerVerdictStore {
  return {
    // What an unknown version wrote is forgotten: it only begins to hold anew.
    load: () =>
      database.all('SELECT runner, verdict, since, memory FROM runner_verdict').flatMap((row) => {
        const known = Row.safeParse(row);
        const memory = Memory.safeParse(JSON.parse(String(row.memory)));
        return known.success && memory.success ? [{ ...nothing, ...memory.data, ...known.data }] : [];
      }),
    save: (changed, removed) =>
      database.transaction(() => {
        for (const { runner, verdict, since, ...memory } of changed) {
          const insert = 'INSERT OR REPLACE INTO runner_verdict (runner, verdict, since, memory) VALUES (?, ?, ?, ?)';
          database.run(insert, runner, verdict, Math.round(since), JSON.stringify(memory));
        }
        for (const runner of removed) database.run('DELETE FROM runner_verdict WHERE runner = ?', runner);
      }),
  };
}

/** JSON leaves out what is undefined. */
const nothing = { ephemeral: undefined, stopped: undefined, busySince: undefined, jobLostSince: undefined };
