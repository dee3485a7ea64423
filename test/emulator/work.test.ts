import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGithubEmulator, type GithubEmulator } from '../support/github-emulator/index.ts';
import { ask } from './ask.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const RUNS = '/repos/octo/app/actions/runs';

let now: number;
let github: GithubEmulator;

beforeEach(async () => {
  now = NOW;
  github = await createGithubEmulator({ clock: { now: () => now } });
});
afterEach(() => github[Symbol.asyncDispose]());

interface RunPage {
  readonly total_count: number;
  readonly workflow_runs: readonly Readonly<Record<string, unknown>>[];
}

async function runs(query = ''): Promise<RunPage> {
  return (await ask(github, `${RUNS}${query}`)).body as RunPage;
}

async function jobs(run: number, query = ''): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { body } = await ask(github, `${RUNS}/${run}/jobs${query}`);
  return (body as { readonly jobs: readonly Readonly<Record<string, unknown>>[] }).jobs;
}

function addRun(...names: readonly string[]) {
  const run = github.addRun({ repository: 'octo/app', jobs: names.map((name) => ({ name })) });
  const id = (name: string): number => run.jobs.findLast((job) => job.name === name)?.id ?? 0;
  return { run, id };
}

describe('a workflow run', () => {
  it('is what its jobs make of it', async () => {
    const { run, id } = addRun('build', 'test');
    const told: unknown[] = [];
    const look = async () =>
      told.push((await runs()).workflow_runs.map(({ status, conclusion }) => [status, conclusion]));
    await look();
    github.startJob(id('build'), 'r1');
    await look();
    github.completeJob(id('build'), 'failure');
    await look();
    github.startJob(id('test'), 'r1');
    github.completeJob(id('test'));
    await look();
    expect(told).toEqual([
      [['queued', null]],
      [['in_progress', null]],
      // A queued job is left: for GitHub the run is in progress all the same.
      [['in_progress', null]],
      [['completed', 'failure']],
    ]);
    expect(run.number).toBe(1);
  });

  it('tells its times in whole seconds, the last change among them', async () => {
    const { id } = addRun('build');
    now += 61_500;
    github.startJob(id('build'), 'r1');
    expect((await runs()).workflow_runs).toMatchObject([
      {
        created_at: '2026-01-01T00:00:00Z',
        run_started_at: '2026-01-01T00:00:00Z',
        updated_at: '2026-01-01T00:01:01Z',
        path: '.github/workflows/ci.yml',
        repository: { full_name: 'octo/app', owner: { login: 'octo' } },
      },
    ]);
  });

  it('is waiting while an approval is all that is missing', async () => {
    const { id } = addRun('build');
    const deploy = github.addJob(github.runs()[0]?.id ?? 0, { name: 'deploy', status: 'waiting' });
    github.startJob(id('build'), 'r1');
    github.completeJob(id('build'));
    expect((await runs('?status=waiting')).total_count).toBe(1);
    github.releaseJob(deploy.id);
    expect((await runs('?status=waiting')).total_count).toBe(0);
    github.cancelRun(github.runs()[0]?.id ?? 0);
    expect((await runs('?status=cancelled')).total_count).toBe(1);
  });

  it('has a second attempt with jobs of its own', async () => {
    const { run, id } = addRun('build');
    github.startJob(id('build'), 'r1');
    github.completeJob(id('build'), 'failure');
    now += 60_000;
    github.rerun(run.id);
    expect((await runs()).workflow_runs).toMatchObject([
      {
        id: run.id,
        run_attempt: 2,
        status: 'queued',
        conclusion: null,
        created_at: '2026-01-01T00:00:00Z',
        run_started_at: '2026-01-01T00:01:00Z',
        previous_attempt_url: `https://api.github.com/repos/octo/app/actions/runs/${run.id}/attempts/1`,
      },
    ]);
    expect((await jobs(run.id, '?filter=latest')).map(({ run_attempt, status }) => [run_attempt, status])).toEqual([
      [2, 'queued'],
    ]);
    expect((await jobs(run.id, '?filter=all')).map(({ run_attempt }) => run_attempt)).toEqual([1, 2]);
  });
});

describe('the list of runs', () => {
  it('has the newest first, page by page, of its repository only', async () => {
    for (let n = 0; n < 5; n++) addRun('build');
    github.addRun({ repository: 'octo/other' });
    const { headers, body } = await ask(github, `${RUNS}?per_page=2&page=2`);
    const page = body as RunPage;
    expect([page.total_count, page.workflow_runs.map(({ run_number }) => run_number)]).toEqual([5, [3, 2]]);
    expect(headers.get('link')).toContain(`<${github.url}${RUNS}?per_page=2&page=3>; rel="next"`);
  });

  it.each([
    ['>=2026-01-01T00:01:00Z', [3, 2]],
    ['>2026-01-01T00:01:00Z', [3]],
    ['<2026-01-01T00:01:00Z', [1]],
    ['2026-01-01T00:00:00Z..2026-01-01T00:01:00Z', [2, 1]],
    ['*..2026-01-01T00:00:00Z', [1]],
  ])('takes those created %s', async (range, numbers) => {
    for (let n = 0; n < 3; n++) {
      addRun('build');
      now += 60_000;
    }
    const found = await runs(`?created=${encodeURIComponent(range)}`);
    expect(found.workflow_runs.map(({ run_number }) => run_number)).toEqual(numbers);
  });

  it('costs nothing until one of the runs changes', async () => {
    const { id } = addRun('build');
    const first = await ask(github, RUNS);
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    expect((await ask(github, RUNS, { headers })).status).toBe(304);
    now += 1000;
    github.startJob(id('build'), 'r1');
    expect((await ask(github, RUNS, { headers })).status).toBe(200);
    expect(github.charged()).toBe(2);
  });
});

describe('a job', () => {
  it('has a start before it was started, as GitHub tells it', async () => {
    const { run } = addRun('build');
    now += 60_000;
    expect(await jobs(run.id)).toMatchObject([
      { status: 'queued', started_at: '2026-01-01T00:00:00Z', runner_id: null, runner_name: null, completed_at: null },
    ]);
  });

  it('makes its runner busy, and names it', async () => {
    const { id: runner } = github.addRunner({ scope: 'octo', name: 'r1', status: 'online' });
    const { run, id } = addRun('build');
    github.startJob(id('build'), 'r1');
    expect(await jobs(run.id)).toMatchObject([{ status: 'in_progress', runner_id: runner, runner_name: 'r1' }]);
    expect(github.runners()).toMatchObject([{ name: 'r1', busy: true }]);
    github.completeJob(id('build'), 'cancelled');
    expect(github.runners()).toMatchObject([{ name: 'r1', busy: false }]);
    expect(github.jobs()).toMatchObject([{ conclusion: 'cancelled', runnerName: 'r1' }]);
  });

  it('that is only queued belongs to a run too, in the repository of its runner', async () => {
    github.addRunner({ scope: 'octo/app', name: 'r1' });
    github.queueJob({ runner: 'r1', seconds: 1 });
    github.queueJob({ seconds: 1 });
    expect(github.runs().map(({ repository }) => repository)).toEqual(['octo/app', 'octo/homelab']);
  });
});
