import { describe, expect, it } from 'vitest';
import type { HttpClient } from '../../../src/lib/http.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { createGithubEmulator } from '../../support/github-emulator/index.ts';
import { whilePassing } from '../../support/while-passing.ts';
import { enterprise, failureOf, organization, repository, signal, sourceFor } from './source-for.ts';

const start = Date.parse('2026-01-01T00:00:00Z');

describe('runners', () => {
  it('of an enterprise are read like those of others', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.addRunner({ scope: 'enterprises/globex', name: 'a', status: 'online' });
    const { source } = sourceFor(github, clock);
    expect(await source.listRunners(enterprise, signal)).toMatchObject([{ name: 'a', status: 'online' }]);
  });

  it('are all given, or none: a page that fails fails the list', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    for (let index = 0; index < 250; index++) github.addRunner({ scope: 'o/r', name: `runner-${index}` });
    let isBroken = true;
    const http: HttpClient = async (url, request) => {
      const answer = await github.http(url, request);
      return isBroken && url.includes('&page=2') ? { ...answer, status: 500, text: '{}' } : answer;
    };
    const { source } = sourceFor({ http }, clock);
    const error = await failureOf(whilePassing(clock, source.listRunners(repository, signal)));
    expect(error).toMatchObject({ failure: 'server', message: 'GitHub failed with 500 for the runners of o/r' });
    expect(github.requests().map(({ path }) => path.replace(/^.*\?/, ''))).toEqual([
      'per_page=100',
      ...Array.from({ length: 3 }, () => 'per_page=100&page=2'),
    ]);
    isBroken = false;
    expect(await source.listRunners(repository, signal)).toHaveLength(250);
  });

  it('are not taken for gone where something in between drops the link to the next page', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    const runner = (id: number) => ({ id, name: `r${id}`, os: 'linux', status: 'online', busy: false, labels: [] });
    const runners = Array.from({ length: 100 }, (_, index) => runner(index));
    github.fail({ match: '/actions/runners', body: { total_count: 250, runners } });
    const error = await failureOf(sourceFor(github, clock).source.listRunners(repository, signal));
    expect(error.message).toBe(
      'GitHub has 250 of the runners of o/r, and gave 100 without a link to more: does a proxy drop it?',
    );
  });

  it('belong to groups in organisations and enterprises', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    const { source } = sourceFor(github, clock);
    expect(await source.listRunnerGroups(repository, signal)).toEqual(new Map());
    expect(await source.listRunnerGroups(organization, signal)).toEqual(new Map([[1, 'Default']]));
    expect(await source.listRunnerGroups(enterprise, signal)).toEqual(new Map([[1, 'Default']]));
  });
});

describe('versions', () => {
  it.each([repository, organization, enterprise])('are expected by %o', async (scope) => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock, version: '2.340.1' });
    expect(await sourceFor(github, clock).source.expectedVersion(scope, signal)).toBe('2.340.1');
  });

  it('are read from any download where there is none for Linux, and unknown where there is none at all', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    const { source } = sourceFor(github, clock);
    const download_url = 'https://github.com/actions/runner/releases/download/v2.341.0/x.zip';
    github.fail({ match: 'downloads', times: 1, body: [{ os: 'win', architecture: 'x64', download_url }] });
    expect(await source.expectedVersion(repository, signal)).toBe('2.341.0');
    github.fail({ match: 'downloads', times: 1, body: [] });
    expect(await source.expectedVersion(repository, signal)).toBeUndefined();
  });

  it('that were released are told without drafts and previews', async () => {
    const clock = new FakeClock();
    const releases = [
      { version: '2.340.0', publishedAt: start, draft: true },
      { version: '2.339.0', publishedAt: start, prerelease: true },
      { version: '2.338.0', publishedAt: start - 86_400_000 },
    ];
    await using github = await createGithubEmulator({ clock, releases });
    expect(await sourceFor(github, clock).source.listReleases(signal)).toEqual([
      { version: '2.338.0', publishedAt: start - 86_400_000 },
    ]);
  });

  it('of an Enterprise Server have no releases, and it is not asked for them', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock, releases: [{ version: '2.338.0', publishedAt: start }] });
    const { source } = sourceFor(github, clock, { apiUrl: 'https://ghe.example/api/v3' });
    expect(await source.listReleases(signal)).toEqual([]);
    expect(github.requests()).toEqual([]);
  });
});

describe('repositories', () => {
  it('are those that were pushed to last, without what is archived or disabled', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.addRepository({ name: 'acme/old', pushedAt: start - 2000 });
    github.addRepository({ name: 'acme/new', pushedAt: start - 1000 });
    github.addRepository({ name: 'acme/kept', pushedAt: start, archived: true });
    github.addRepository({ name: 'acme/off', pushedAt: start, disabled: true });
    const { source } = sourceFor(github, clock);
    expect(await source.listRepositories('acme', signal)).toEqual(['acme/new', 'acme/old']);
  });

  it('have a default branch', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.addRepository({ name: 'o/r', defaultBranch: 'trunk' });
    expect(await sourceFor(github, clock).source.defaultBranch('o/r', signal)).toBe('trunk');
  });
});

describe('runs and jobs', () => {
  it('are told as GitHub has them', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.addRunner({ scope: 'o/r', name: 'box', labels: ['self-hosted', 'gpu'], status: 'online' });
    const labels = ['self-hosted', 'gpu'];
    const workflow = { workflow: 'Deploy', file: 'deploy.yml', branch: 'main', event: 'push' };
    const run = github.addRun({ repository: 'o/r', ...workflow, jobs: [{ name: 'build', labels }] });
    const [job] = github.jobs();
    if (!job) throw new Error('the emulator made no job');
    const { source } = sourceFor(github, clock);
    const queued = await source.listRuns('o/r', { status: 'queued', maxPages: 1 }, signal);
    const told = { id: run.id, attempt: 1, repository: 'o/r', workflow: 'Deploy', workflowFile: 'deploy.yml' };
    const times = { createdAt: start, startedAt: start };
    expect(queued).toEqual({
      runs: [
        {
          ...told,
          ...times,
          event: 'push',
          branch: 'main',
          status: 'queued',
          conclusion: undefined,
          endedAt: undefined,
        },
      ],
      more: false,
    });
    const ofJob = { id: job.id, runId: run.id, repository: 'o/r', name: 'build', workflow: 'Deploy', labels };
    const open = { conclusion: undefined, completedAt: undefined };
    // GitHub gives a started_at already now.
    expect(await source.listJobs('o/r', run.id, signal)).toEqual([
      { ...ofJob, ...open, status: 'queued', runner: undefined, createdAt: start, startedAt: undefined },
    ]);
    await clock.advance(5000);
    github.startJob(job.id, 'box');
    await clock.advance(60_000);
    const began = { runner: 'box', createdAt: start, startedAt: start + 5000 };
    expect(await source.listJobs('o/r', run.id, signal)).toEqual([
      { ...ofJob, ...open, ...began, status: 'in_progress' },
    ]);
    github.completeJob(job.id, 'success');
    const ended = { status: 'completed', conclusion: 'success' };
    expect(await source.listJobs('o/r', run.id, signal)).toEqual([
      { ...ofJob, ...began, ...ended, completedAt: start + 65_000 },
    ]);
    const { runs } = await source.listRuns('o/r', { status: 'completed', maxPages: 1 }, signal);
    expect(runs).toMatchObject([{ ...told, ...ended, endedAt: start + 65_000 }]);
  });

  it('are asked for by time and status, a hundred at once, and the newest only where there are many', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    for (let index = 0; index < 250; index++) github.addRun({ repository: 'o/r' });
    const { source } = sourceFor(github, clock);
    const filter = { status: 'queued', createdFrom: start - 1500, maxPages: 2 } as const;
    const some = await source.listRuns('o/r', filter, signal);
    expect([some.runs.length, some.more]).toEqual([200, true]);
    const all = await source.listRuns('o/r', { ...filter, maxPages: 3 }, signal);
    expect([all.runs.length, all.more]).toEqual([250, false]);
    const first = new URL(github.requests()[0]?.path ?? '', 'https://api.github.com');
    expect(Object.fromEntries(first.searchParams)).toEqual({
      ...{ status: 'queued', created: '>=2025-12-31T23:59:58Z' },
      ...{ exclude_pull_requests: 'true', per_page: '100' },
    });
  });

  it.each([
    ['.github/workflows/deploy.yml', 'Deploy', 'Deploy', 'deploy.yml'],
    ['.github/workflows/deploy.yml@refs/heads/main', null, 'deploy.yml', 'deploy.yml'],
    ['dynamic/github-code-scanning/codeql', '', 'codeql', 'codeql'],
    [null, null, 'unknown', ''],
  ])('with the path %s and the name %s', async (path, name, workflow, workflowFile) => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    const time = '2026-01-01T00:00:00Z';
    const times = { created_at: time, updated_at: time, run_started_at: null };
    const run = { id: 1, path, name, event: 'dynamic', head_branch: null, status: 'sleeping', conclusion: null };
    github.fail({ match: '/actions/runs', body: { workflow_runs: [{ ...run, ...times }] } });
    const { runs } = await sourceFor(github, clock).source.listRuns('o/r', { status: 'queued', maxPages: 1 }, signal);
    expect(runs).toMatchObject([{ workflow, workflowFile, status: 'other', branch: undefined, attempt: 1 }]);
  });

  it('that no runner took have not begun', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    const run = github.addRun({ repository: 'o/r' });
    github.cancelRun(run.id);
    expect(await sourceFor(github, clock).source.listJobs('o/r', run.id, signal)).toMatchObject([
      { status: 'completed', conclusion: 'cancelled', runner: undefined, startedAt: undefined },
    ]);
  });

  it('cost nothing where nothing has changed', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    const run = github.addRun({ repository: 'o/r' });
    const { source } = sourceFor(github, clock);
    const poll = async () => [
      await source.listRuns('o/r', { status: 'queued', maxPages: 1 }, signal),
      await source.listJobs('o/r', run.id, signal),
      await source.listRepositories('o', signal),
      await source.listReleases(signal),
      await source.expectedVersion(organization, signal),
      await source.listRunnerGroups(organization, signal),
      await source.defaultBranch('o/r', signal),
    ];
    const first = await poll();
    const cost = github.charged();
    expect(await poll()).toEqual(first);
    expect(github.charged()).toBe(cost);
    expect(source.requests()).toEqual(
      new Map([
        ['200', 7],
        ['304', 7],
      ]),
    );
  });
});
