import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JobRecord } from '../../src/model/github-job.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createJobStore } from '../../src/state/github-jobs.ts';
import { endedJob, noon, queuedJob } from '../support/github-jobs.ts';
import { temporaryFolder } from '../support/processes.ts';

const told = { started: false, ran: false, ended: false, lost: false };
const queued: JobRecord = { job: queuedJob({ workflow: undefined }), queuedAt: noon, ...told, seenAt: noon };
const ended: JobRecord = {
  job: endedJob({ id: 30_000_000_001, name: "it's ✓" }),
  ...{ queuedAt: undefined, started: true, ran: true, ended: true, lost: true, seenAt: noon - 1 },
};

it('jobs are read as they were written, those told first before the others', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'state.db');
  {
    using database = openDatabase(path);
    createJobStore(database).save([queued, ended], []);
  }
  using database = openDatabase(path);
  const store = createJobStore(database);
  expect(store.load()).toStrictEqual([ended, queued]);
  const started = { ...queued, started: true };
  store.save([started], [ended.job.id, 7]);
  expect(store.load()).toStrictEqual([started]);
});

it('nothing is written where a part of it fails', () => {
  using database = openDatabase(':memory:');
  const store = createJobStore(database);
  store.save([queued], []);
  const broken = { ...ended, job: { ...ended.job, id: 0.5 } };
  expect(() => store.save([broken], [queued.job.id])).toThrow();
  expect(store.load()).toEqual([queued]);
});
