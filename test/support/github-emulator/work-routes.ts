import type { Route } from './rest.ts';
import type { State } from './state.ts';
import { type Body, jobBody, numberOf, runBody, timeText } from './templates.ts';
import { type Call, pageOf, type Reply, refusal } from './wire.ts';
import type { Job, Run } from './work.ts';

/** With a filter, GitHub finds no more than this. */
const maxFiltered = 1000;

/** `/actions/runs` and the jobs in them. */
export function workRoutes({ work }: State): readonly Route[] {
  const runs = '/repos/:owner/:repo/actions/runs';
  const route = (pattern: string, handle: Route['handle']): Route => ({
    method: 'GET',
    pattern,
    permission: 'actions',
    handle,
  });
  return [
    route(runs, (call, { owner, repo }) =>
      listRuns(
        call,
        work.runs().filter(({ repository }) => repository === `${owner}/${repo}`),
      ),
    ),
    route(`${runs}/:id`, (_, { id, owner, repo }) => {
      const run = work.run(Number(id));
      return run?.repository === `${owner}/${repo}`
        ? { status: 200, body: describeRun(run) }
        : refusal(404, 'Not Found');
    }),
    route(`${runs}/:id/jobs`, (call, { id, owner, repo }) => {
      const run = work.run(Number(id));
      return run?.repository === `${owner}/${repo}` ? listJobs(call, run) : refusal(404, 'Not Found');
    }),
  ];
}

/** The newest first. */
function listRuns(call: Call, own: readonly Run[]): Reply {
  const { query } = call;
  const filtered = ['status', 'created', 'branch', 'event'].some((name) => query.has(name));
  const found = own.filter((run) => matches(run, query)).reverse();
  const { items, headers } = pageOf(call, filtered ? found.slice(0, maxFiltered) : found);
  const states = items.map(({ id, attempt, status, updatedAt }) => `${id} ${attempt} ${status} ${updatedAt}`);
  return {
    status: 200,
    lazy: {
      key: `${found.length} ${states.join()}`,
      body: () => ({ total_count: found.length, workflow_runs: items.map(describeRun) }),
    },
    headers,
  };
}

function matches(run: Run, query: URLSearchParams): boolean {
  const [status, branch, event] = ['status', 'branch', 'event'].map((name) => query.get(name));
  if (status && status !== run.status && status !== run.conclusion) return false;
  if ((branch && branch !== run.branch) || (event && event !== run.event)) return false;
  return isWithin(Math.floor(run.createdAt / 1000) * 1000, query.get('created'));
}

/** GitHub's search syntax for dates: `>=T`, `<T`, `T..T`, `*..T`. */
function isWithin(at: number, range: string | null): boolean {
  if (range === null) return true;
  const [, from, to] = /^(.+)\.\.(.+)$/.exec(range) ?? [];
  if (from !== undefined && to !== undefined) return isWithin(at, `>=${from}`) && isWithin(at, `<=${to}`);
  const [, sign = '', text = ''] = /^(>=|<=|>|<)?(.+)$/.exec(range) ?? [];
  if (text === '*') return true;
  const bound = Date.parse(text);
  if (sign === '>=') return at >= bound;
  if (sign === '<=') return at <= bound;
  if (sign === '>') return at > bound;
  return sign === '<' ? at < bound : at === bound;
}

export function describeRun(run: Run): Body {
  const { id, number, repository, workflow, file, branch, event, sha, attempt, status, conclusion } = run;
  const workflowId = numberOf(`${repository} ${file}`);
  const path = file.includes('/') ? file : `.github/workflows/${file}`;
  const previous = `https://api.github.com/repos/${repository}/actions/runs/${id}/attempts/${attempt - 1}`;
  const times = { created_at: timeText(run.createdAt), updated_at: timeText(run.updatedAt) };
  return runBody(
    { repository, runId: id, sha },
    {
      ...{ name: workflow, path, event, status, conclusion, ...times },
      run_number: number,
      run_attempt: attempt,
      run_started_at: timeText(run.startedAt),
      head_branch: branch,
      workflow_id: workflowId,
      workflow_url: `https://api.github.com/repos/${repository}/actions/workflows/${workflowId}`,
      previous_attempt_url: attempt > 1 ? previous : null,
    },
  );
}

function listJobs(call: Call, run: Run): Reply {
  const all = call.query.get('filter') === 'all';
  const found = run.jobs.filter(({ attempt }) => all || attempt === run.attempt);
  const { items, headers } = pageOf(call, found);
  return { status: 200, body: { total_count: found.length, jobs: items.map((job) => describeJob(run, job)) }, headers };
}

/** GitHub puts a `started_at` on jobs that nobody has started yet: the time at which they were made. */
export function describeJob({ id: runId, repository, sha, workflow, branch }: Run, job: Job): Body {
  const taken = job.runnerId !== null;
  return jobBody({ repository, runId, sha }, job.id, {
    name: job.name,
    workflow_name: workflow,
    head_branch: branch,
    run_attempt: job.attempt,
    status: job.status,
    conclusion: job.conclusion,
    created_at: timeText(job.createdAt),
    started_at: timeText(job.startedAt ?? job.createdAt),
    completed_at: timeText(job.completedAt),
    labels: job.labels,
    runner_id: job.runnerId,
    runner_name: job.runnerName,
    runner_group_id: taken ? 1 : null,
    runner_group_name: taken ? 'Default' : null,
  });
}
