import type { WorkflowJob } from '../model/github.ts';
import type { JobRecord } from '../model/github-job.ts';
import type { Database, Row } from './database.ts';

/** Jobs for runners and what was told of them, kept over a restart. */
interface JobStore {
  load(): readonly JobRecord[];
  save(changed: readonly JobRecord[], removed: readonly number[]): void;
}

export function createJobStore(database: Database): JobStore {
  return {
    load: () => database.all('SELECT * FROM github_job ORDER BY seen_at, id').map(recordFrom),
    save(changed, removed) {
      database.transaction(() => {
        for (const record of changed) put(database, record);
        for (const id of removed) database.run('DELETE FROM github_job WHERE id = ?', id);
      });
    },
  };
}

function put(database: Database, { job, queuedAt, started, ran, ended, lost, seenAt }: JobRecord): void {
  database.run(
    `INSERT OR REPLACE INTO github_job (id, job, queued_at, started, ran, ended, lost, seen_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[job.id, JSON.stringify(job), queuedAt ?? null, Number(started), Number(ran), Number(ended), Number(lost)],
    seenAt,
  );
}

function recordFrom(row: Row): JobRecord {
  return {
    job: jobFrom(String(row.job)),
    queuedAt: row.queued_at == null ? undefined : Number(row.queued_at),
    started: row.started === 1,
    ran: row.ran === 1,
    ended: row.ended === 1,
    lost: row.lost === 1,
    seenAt: Number(row.seen_at),
  };
}

/** JSON leaves out what is undefined; a job that was read must equal the one that was written. */
function jobFrom(text: string): WorkflowJob {
  const absent = {
    workflow: undefined,
    conclusion: undefined,
    runner: undefined,
    startedAt: undefined,
    completedAt: undefined,
  };
  return { ...absent, ...(JSON.parse(text) as WorkflowJob) };
}
