import { describe, expect, it } from 'vitest';
import { isWantedEvent, parseWebhook } from '../../../src/sources/github/webhook.ts';
import { jobBody, runBody, webhookExamples } from '../../support/webhooks.ts';

const at = '2026-01-02T03:04:05Z';
const ms = Date.parse(at);
const job = (fields: object) => parseWebhook('workflow_job', JSON.parse(jobBody(at, fields)));
const run = (fields: object) => parseWebhook('workflow_run', JSON.parse(runBody(at, fields)));

describe('a job', () => {
  it('that waits has not begun, whatever GitHub puts into started_at', () => {
    expect(job({})).toEqual({
      kind: 'job',
      at: ms,
      job: {
        id: 1001,
        runId: 501,
        repository: 'octo/homelab',
        name: 'build',
        workflow: 'Build',
        status: 'queued',
        conclusion: undefined,
        labels: ['self-hosted', 'gpu'],
        runner: undefined,
        createdAt: ms,
        startedAt: undefined,
        completedAt: undefined,
      },
    });
    expect(job({ runner_name: 'r1' })).toMatchObject({ job: { runner: undefined, startedAt: undefined } });
  });

  it('that a runner took has begun, and ended', () => {
    const begun = { status: 'in_progress', runner_name: 'r1', started_at: '2026-01-02T03:05:05Z' };
    expect(job(begun)).toMatchObject({ at: ms + 60_000, job: { runner: 'r1', startedAt: ms + 60_000 } });
    const ended = { ...begun, status: 'completed', conclusion: 'failure', completed_at: '2026-01-02T03:06:05Z' };
    expect(job(ended)).toMatchObject({
      at: ms + 120_000,
      job: { status: 'completed', conclusion: 'failure', startedAt: ms + 60_000, completedAt: ms + 120_000 },
    });
  });

  it('that was skipped never had a runner', () => {
    const skipped = { status: 'completed', conclusion: 'skipped', runner_name: '', completed_at: at };
    expect(job(skipped)).toMatchObject({ job: { conclusion: 'skipped', runner: undefined, startedAt: undefined } });
  });

  it('of an older Enterprise Server has no created_at and no workflow', () => {
    const older = { created_at: undefined, workflow_name: undefined };
    expect(job(older)).toMatchObject({ job: { createdAt: ms, workflow: undefined } });
  });

  it('with a status that is new is neither queued nor completed', () => {
    const news = parseWebhook('workflow_job', { ...JSON.parse(jobBody(at, { status: 'paused' })), action: 'queued' });
    expect(news).toMatchObject({ job: { status: 'other' } });
  });
});

describe('a run', () => {
  it('that ended did so when it was last changed', () => {
    expect(run({ updated_at: '2026-01-02T03:14:05Z', run_attempt: 2 })).toEqual({
      kind: 'run',
      at: ms + 600_000,
      run: {
        id: 501,
        attempt: 2,
        repository: 'octo/homelab',
        workflow: 'Build',
        workflowFile: 'build.yml',
        event: 'push',
        branch: 'main',
        status: 'completed',
        conclusion: 'success',
        createdAt: ms,
        startedAt: ms,
        endedAt: ms + 600_000,
      },
    });
  });

  it('that goes on has no end', () => {
    expect(run({ status: 'in_progress', conclusion: null })).toMatchObject({
      run: { status: 'in_progress', conclusion: undefined, endedAt: undefined },
    });
  });

  it.each([
    [{ name: '' }, 'build.yml', 'build.yml'],
    [{ name: null, path: '.github/workflows/deploy.yml@refs/heads/main' }, 'deploy.yml', 'deploy.yml'],
    [{ name: 'CodeQL', path: 'dynamic/github-code-scanning/codeql' }, 'CodeQL', 'codeql'],
  ])('%j is of the workflow %s in %s', (fields, workflow, workflowFile) => {
    expect(run(fields)).toMatchObject({ run: { workflow, workflowFile } });
  });
});

describe('a payload', () => {
  it.each([
    ['workflow_job', 'unlabeled'],
    ['workflow_run', 'deleted'],
  ])('of %s %s says nothing new', (event, action) => {
    expect(parseWebhook(event, { action })).toBeUndefined();
  });

  it.each([
    [{ id: '7' }, 'found workflow_job.id not as GitHub documents it'],
    [{ labels: null }, 'found workflow_job.labels not as GitHub documents it'],
    [{ started_at: 'soon' }, 'found workflow_job.started_at not as GitHub documents it: expected a time'],
  ])('with %j is refused by its field', (fields, message) => {
    expect(() => job(fields)).toThrow(message);
  });

  it.each([null, [], 'text', {}, { action: 'queued' }])('%j is refused', (payload) => {
    expect(() => parseWebhook('workflow_job', payload)).toThrow('not as GitHub documents it');
  });

  it('of a repository whose name is none is refused', () => {
    const payload = JSON.parse(jobBody(at, {}, 'octo/"}\n'));
    expect(() => parseWebhook('workflow_job', payload)).toThrow('repository.full_name');
  });
});

describe('the payloads that GitHub published', () => {
  const wanted = webhookExamples.filter(({ event }) => isWantedEvent(event));

  it('are all understood', () => {
    const told = wanted.map(({ event, action, payload }) => {
      const news = parseWebhook(event, payload);
      if (news?.kind === 'job') {
        const { id, repository, status, runner, startedAt } = news.job;
        return [action, id, repository, status, runner, startedAt === undefined ? 'not begun' : 'begun'];
      }
      return [action, news?.run.id, news?.run.repository, news?.run.status, news?.run.workflowFile];
    });
    expect(told).toEqual([
      ['in_progress', 2832853555, 'octo-org/example-workflow', 'in_progress', 'my runner', 'begun'],
      ['completed', 289782451, 'Codertocat/Hello-World', 'completed', 'GitHub Actions 5', 'begun'],
      ['completed', 289782451, 'Codertocat/Hello-World', 'completed', 'GitHub Actions 5', 'begun'],
      ['in_progress', 289782451, 'Codertocat/Hello-World', 'in_progress', 'GitHub Actions 5', 'begun'],
      ['in_progress', 14541957942, 'wolfy1339/github-events-schemas', 'in_progress', 'GitHub Actions 6', 'begun'],
      ['queued', 289782451, 'Codertocat/Hello-World', 'queued', undefined, 'not begun'],
      ['queued', 12877621891, 'lineville/elastic-machines-testing', 'waiting', undefined, 'not begun'],
      ['waiting', 12877621891, 'lineville/elastic-machines-testing', 'waiting', undefined, 'not begun'],
      ['completed', 1589141559, 'Codertocat/Hello-World', 'queued', 'syntax.yml'],
      ['completed', 289782451, 'octo-org/octo-repo', 'completed', 'test.yml'],
      ['completed', 289782451, 'octo-org/octo-repo', 'completed', 'test.yml'],
      ['requested', 289782451, 'octo-org/octo-repo', 'queued', 'test.yml'],
      ['requested', 289782451, 'octo-org/octo-repo', 'completed', 'test.yml'],
    ]);
  });
});
