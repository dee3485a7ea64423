import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { EndedRun } from '../../src/model/ended-run.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createGithubRunStore } from '../../src/state/github-runs.ts';
import { temporaryFolder } from '../support/processes.ts';

const run: EndedRun = {
  ...{ id: 15_000_000_000, attempt: 1, repository: 'o/r', workflow: 'Deploy', workflowFile: 'deploy.yml' },
  ...{ event: 'push', branch: 'main', conclusion: 'success', beganAt: 1000, endedAt: 61_000 },
};
const early = { ...run, id: 2, branch: undefined, conclusion: '', endedAt: 5000 };

it('keeps runs, readings and fills over a restart, the runs in the order of their ends', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'state.db');
  const readings = [
    { repository: 'o/r', since: 1, readAt: 2, defaultBranch: 'main' },
    { repository: 'o/s', since: 3, readAt: 4, defaultBranch: undefined },
  ];
  const fills = [{ deployment: 'd', definition: '["o/r"]', from: 7 }];
  {
    using database = openDatabase(path);
    const store = createGithubRunStore(database);
    store.saveRuns([run, { ...run, attempt: 2 }, early], []);
    store.saveRuns([], [{ id: run.id, attempt: 2 }]);
    store.saveReadings([{ repository: 'gone/away', since: 0, readAt: 0, defaultBranch: undefined }]);
    store.saveReadings(readings);
    store.saveFills([{ deployment: 'gone', definition: '', from: 0 }]);
    store.saveFills(fills);
  }
  using database = openDatabase(path);
  expect(createGithubRunStore(database).load()).toEqual({ runs: [early, run], readings, fills });
});

it('takes an attempt once', () => {
  using database = openDatabase(':memory:');
  const store = createGithubRunStore(database);
  store.saveRuns([run, { ...run, conclusion: 'failure' }], []);
  expect(store.load().runs).toEqual([{ ...run, conclusion: 'failure' }]);
});
