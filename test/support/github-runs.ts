import { createRunLedger } from '../../src/collectors/github/run-ledger.ts';
import type { RunSettings } from '../../src/collectors/github/run-record.ts';
import type { WorkflowRun } from '../../src/model/github.ts';
import type { RunFilter, Runs } from '../../src/sources/github/github-source.ts';
import { type Database, openDatabase } from '../../src/state/database.ts';
import { createGithubRunStore } from '../../src/state/github-runs.ts';
import type { FakeClock } from './fake-clock.ts';

export const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;

/** The Home Assistant deployment. */
export const homeassistant = {
  name: 'homeassistant',
  repository: 'octo/homelab',
  workflow: 'deploy-homeassistant.yml',
  branch: 'main',
};

const usualSettings: RunSettings = {
  ...{ workflows: ['*'], max_workflows: 30, deployments: [homeassistant], window: 30 * dayMs },
};

let nextId = 1;

/** A run of the Home Assistant deployment that ended at `endedAt` after two minutes, but for what a test gives it. */
export function workflowRun(endedAt: number, over: Partial<WorkflowRun> = {}): WorkflowRun {
  return {
    ...{ id: nextId++, attempt: 1, repository: 'octo/homelab' },
    ...{ workflow: 'Deploy Home Assistant', workflowFile: 'deploy-homeassistant.yml', event: 'push', branch: 'main' },
    ...{ status: 'completed', conclusion: 'success' },
    ...{ createdAt: endedAt - 2 * minuteMs, startedAt: endedAt - minuteMs, endedAt },
    ...over,
  };
}

/** As it was before it ended. */
export function stillOpen(run: WorkflowRun): WorkflowRun {
  return { ...run, status: 'in_progress', conclusion: undefined, endedAt: undefined };
}

/** A ledger on a real database, in memory where none is given. */
export function ledgerFor(
  clock: FakeClock,
  settings: Partial<RunSettings> = {},
  database: Database = openDatabase(':memory:'),
  further: Pick<Parameters<typeof createRunLedger>[0], 'tallies' | 'isWatched'> = {},
) {
  const store = createGithubRunStore(database);
  return createRunLedger({ settings: { ...usualSettings, ...settings }, repositories: [], store, clock, ...further });
}

/** Lists runs as GitHub does: by status, the newest made first, pages of a hundred. Notes what it was asked. */
export function listOf(runs: () => readonly WorkflowRun[]) {
  const asked: RunFilter[] = [];
  return {
    asked,
    async listRuns(repository: string, filter: RunFilter): Promise<Runs> {
      asked.push(filter);
      const { status, createdFrom = 0, maxPages } = filter;
      const found = runs()
        .filter((run) => run.repository === repository && run.status === status && run.createdAt >= createdFrom)
        .sort((a, b) => b.createdAt - a.createdAt);
      return { runs: found.slice(0, maxPages * 100), more: found.length > maxPages * 100 };
    },
  };
}
