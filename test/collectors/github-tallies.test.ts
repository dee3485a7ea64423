import { describe, expect, it } from 'vitest';
import type { JobLedger } from '../../src/collectors/github/job-ledger.ts';
import { createJobTally } from '../../src/collectors/github/job-tally.ts';
import type { RunLedger } from '../../src/collectors/github/run-ledger.ts';
import type { RunSettings } from '../../src/collectors/github/run-record.ts';
import { createGithubTallies } from '../../src/collectors/github/tallies.ts';
import type { GithubScope } from '../../src/model/runner.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createJobStore } from '../../src/state/github-jobs.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { endedJob, jobHouse } from '../support/github-jobs.ts';
import { homeassistant, ledgerFor, minuteMs, workflowRun } from '../support/github-runs.ts';
import { linesOfSamples } from '../support/host.ts';

/** How many were counted, without what is at 0. */
function counted(ledger: RunLedger | JobLedger, family: RegExp): readonly string[] {
  return linesOfSamples(ledger.samples()).filter((line) => family.test(line) && !line.endsWith(' 0'));
}

describe('what jobs took', () => {
  /** Two configurations of one process, one after the other: what each counts. */
  function overReload(after: readonly string[]): readonly (readonly string[])[] {
    using database = openDatabase(':memory:');
    const tally = createJobTally();
    const under = (repositories: readonly string[]): JobLedger => {
      const githubScopes = repositories.map((name): GithubScope => ({ kind: 'repository', name }));
      return jobHouse({ store: createJobStore(database), githubScopes, tally }).jobs;
    };
    const first = under(['octo/homelab', 'octo/other']);
    first.note([endedJob(), endedJob({ id: 2, repository: 'octo/other' })]);
    const next = under(after);
    const before = counted(first, /_run_seconds_count/);
    next.note([endedJob({ id: 3 })]);
    return [before, counted(next, /_run_seconds_count/)];
  }
  const line = (repository: string, count: number) =>
    `github_job_run_seconds_count{conclusion="success",labels="linux,self-hosted",repository="${repository}"} ${count}`;

  it('is still counted after a reload', () => {
    expect(overReload(['octo/homelab', 'octo/other'])).toEqual([
      [line('octo/homelab', 1), line('octo/other', 1)],
      [line('octo/homelab', 2), line('octo/other', 1)],
    ]);
  });

  it('goes with its repository, once the next configuration is at work', () => {
    expect(overReload(['octo/homelab'])).toEqual([
      [line('octo/homelab', 1), line('octo/other', 1)],
      [line('octo/homelab', 2)],
    ]);
  });
});

describe('runs and deployments', () => {
  const all = /^github_(workflow_runs_total|deployments_total|\w+_count)/;
  const other = { repository: 'octo/other', workflow: 'CI', workflowFile: 'ci.yml' };

  /** What is counted after a reload with other settings, in which nothing ends. */
  function afterReload(settings: Partial<RunSettings>, isWatched: (repository: string) => boolean = () => true) {
    using database = openDatabase(':memory:');
    const clock = new FakeClock();
    const tallies = createGithubTallies(clock);
    const first = ledgerFor(clock, {}, database, { tallies });
    const end = clock.now() + minuteMs;
    first.note([workflowRun(end, { conclusion: 'failure' }), workflowRun(end + minuteMs), workflowRun(end, other)]);
    const before = counted(first, all);
    expect(before).toHaveLength(9);
    const after = counted(ledgerFor(clock, settings, database, { tallies, isWatched }), all);
    return { before, after };
  }

  it('are still counted after a reload', () => {
    const { before, after } = afterReload({});
    expect(after).toEqual(before);
  });

  it('of a repository that is watched no more go', () => {
    const { before, after } = afterReload({}, (repository) => repository === 'octo/homelab');
    expect(after).toEqual(before.filter((line) => !line.includes('octo/other')));
    expect(after).toHaveLength(7);
  });

  it.each([
    ['is gone', []],
    ['is another one now', [{ ...homeassistant, branch: 'release' }]],
  ])('of a deployment that %s go', (_, deployments) => {
    const { before, after } = afterReload({ deployments });
    expect(after).toEqual(before.filter((line) => !line.includes('deployment=')));
    expect(after).toHaveLength(5);
  });

  it('begin anew where they are named otherwise', () => {
    const { after } = afterReload({ workflows: ['CI'] });
    expect(after.filter((line) => line.startsWith('github_workflow'))).toEqual([]);
    expect(after).not.toEqual([]);
  });

  it('keep the names that they had, however few there may be', () => {
    using database = openDatabase(':memory:');
    const clock = new FakeClock();
    const tallies = createGithubTallies(clock);
    const few = { max_workflows: 1 };
    const first = ledgerFor(clock, few, database, { tallies });
    first.note([workflowRun(clock.now() + minuteMs)]);
    // It ended first: a ledger that reads them anew would come to it before the one that has the name.
    first.note([workflowRun(clock.now(), other)]);
    const before = counted(first, /runs_total/);
    expect(before.map((line) => /workflow="(.*?)"/.exec(line)?.[1])).toEqual(['Deploy Home Assistant', 'other']);
    const next = ledgerFor(clock, few, database, { tallies });
    next.note([workflowRun(clock.now() + 2 * minuteMs)]);
    expect(counted(next, /runs_total/)).toEqual([before[0]?.replace(/1$/, '2'), before[1]]);
  });

  it('that ended before a reload are no past, where they are told after it', async () => {
    const clock = new FakeClock();
    const tallies = createGithubTallies(clock);
    const run = workflowRun(clock.now() + minuteMs, other);
    await clock.advance(2 * minuteMs);
    const next = ledgerFor(clock, {}, undefined, { tallies });
    next.note([run]);
    expect(counted(next, /runs_total/)).toHaveLength(1);
  });
});
