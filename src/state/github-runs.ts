import type { DeploymentFill, EndedRun, RunReading } from '../model/ended-run.ts';
import type { Database, Row } from './database.ts';

/** Workflow runs that ended, and how far they are known, over a restart. */
interface GithubRunStore {
  load(): {
    readonly runs: readonly EndedRun[];
    readonly readings: readonly RunReading[];
    readonly fills: readonly DeploymentFill[];
  };
  saveRuns(added: readonly EndedRun[], forgotten: readonly Pick<EndedRun, 'id' | 'attempt'>[]): void;
  saveReadings(readings: readonly RunReading[]): void;
  saveFills(fills: readonly DeploymentFill[]): void;
}

const insertRun = `
  INSERT OR REPLACE INTO github_run
    (id, attempt, repository, workflow, workflow_file, event, branch, conclusion, began_at, ended_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const insertReading = 'INSERT INTO github_run_reading (repository, since, read_at, default_branch) VALUES (?, ?, ?, ?)';
const insertFill = 'INSERT INTO github_deployment_fill (deployment, definition, filled_from) VALUES (?, ?, ?)';

export function createGithubRunStore(database: Database): GithubRunStore {
  return {
    load: () => ({
      runs: database.all('SELECT * FROM github_run ORDER BY ended_at, id, attempt').map(runOf),
      readings: database.all('SELECT * FROM github_run_reading').map(readingOf),
      fills: database.all('SELECT * FROM github_deployment_fill').map(fillOf),
    }),
    saveRuns: (added, forgotten) =>
      database.transaction(() => {
        for (const { id, attempt, repository, workflow, workflowFile, ...run } of added) {
          const { event, branch = null, conclusion, beganAt, endedAt } = run;
          const named = [id, attempt, repository, workflow, workflowFile];
          database.run(insertRun, ...named, event, branch, conclusion, beganAt, endedAt);
        }
        for (const { id, attempt } of forgotten) {
          database.run('DELETE FROM github_run WHERE id = ? AND attempt = ?', id, attempt);
        }
      }),
    saveReadings: (readings) =>
      database.transaction(() => {
        database.run('DELETE FROM github_run_reading');
        for (const { repository, since, readAt, defaultBranch = null } of readings) {
          database.run(insertReading, repository, since, readAt, defaultBranch);
        }
      }),
    saveFills: (fills) =>
      database.transaction(() => {
        database.run('DELETE FROM github_deployment_fill');
        for (const { deployment, definition, from } of fills) database.run(insertFill, deployment, definition, from);
      }),
  };
}

function runOf(row: Row): EndedRun {
  return {
    id: Number(row.id),
    attempt: Number(row.attempt),
    repository: String(row.repository),
    workflow: String(row.workflow),
    workflowFile: String(row.workflow_file),
    event: String(row.event),
    branch: textOf(row.branch),
    conclusion: String(row.conclusion),
    beganAt: Number(row.began_at),
    endedAt: Number(row.ended_at),
  };
}

function readingOf(row: Row): RunReading {
  const { repository, since, read_at, default_branch } = row;
  const times = { since: Number(since), readAt: Number(read_at) };
  return { repository: String(repository), ...times, defaultBranch: textOf(default_branch) };
}

function fillOf({ deployment, definition, filled_from }: Row): DeploymentFill {
  return { deployment: String(deployment), definition: String(definition), from: Number(filled_from) };
}

function textOf(value: Row[string] | undefined): string | undefined {
  return value == null ? undefined : String(value);
}
