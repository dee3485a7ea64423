import { z } from 'zod';
import type { CommandIo, ExitCode } from './command.ts';
import { askApi } from './instance.ts';
import type { AskOptions } from './runners.ts';
import { formatTable } from './table.ts';

const Queue = z.object({
  jobs: z.array(
    z.object({
      id: z.number(),
      runId: z.number(),
      repository: z.string(),
      workflow: z.string().optional(),
      job: z.string(),
      labels: z.array(z.string()),
      status: z.string(),
      runner: z.string().optional(),
      createdAt: z.string(),
      queuedAt: z.string().optional(),
      startedAt: z.string().optional(),
      starved: z.boolean(),
      missing: z.string().optional(),
      deadline: z.string().optional(),
    }),
  ),
});
type Job = z.output<typeof Queue>['jobs'][number];

/** Lists the jobs that wait or run, as the running instance knows them. */
export async function listQueue(io: CommandIo, { url, json }: AskOptions): Promise<ExitCode> {
  const { jobs } = await askApi(io, { url, path: '/api/v1/queue', schema: Queue });
  if (json) io.out(JSON.stringify(jobs, null, 2));
  else if (jobs.length === 0) io.out('no job waits');
  else for (const line of formatTable(head, jobs.map(rowOf))) io.out(line);
  return 0;
}

const head = ['REPOSITORY', 'WORKFLOW', 'JOB', 'LABELS', 'STATUS', 'SINCE', 'RUNNER', 'MISSING', 'DEADLINE'];

function rowOf(shown: Job): readonly string[] {
  const { repository, workflow = '', job, labels, status, runner = '', missing = '', deadline = '' } = shown;
  const since = shown.startedAt ?? shown.queuedAt ?? shown.createdAt;
  return [repository, workflow, job, labels.join(','), status, since, runner, missing, deadline];
}
