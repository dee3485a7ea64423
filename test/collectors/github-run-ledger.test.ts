import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunLedger } from '../../src/collectors/github/run-ledger.ts';
import type { WorkflowRun } from '../../src/model/github.ts';
import { openDatabase } from '../../src/state/database.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { dayMs, homeassistant, ledgerFor, minuteMs, stillOpen, workflowRun } from '../support/github-runs.ts';
import { linesOfSamples } from '../support/host.ts';
import { temporaryFolder } from '../support/processes.ts';

/** The lines of families whose names match, without buckets. */
function linesOf(ledger: RunLedger, family: RegExp): readonly string[] {
  return linesOfSamples(ledger.samples()).filter((line) => family.test(line) && !line.includes('_bucket{'));
}

const runsTotal = /^github_workflow_runs_total/;
const deployment = { deployment: 'homeassistant', repository: 'octo/homelab', workflow: 'deploy-homeassistant.yml' };

describe('runs that end while they are watched', () => {
  it('count by workflow, class of branch and conclusion, each attempt once', () => {
    const clock = new FakeClock();
    const ledger = ledgerFor(clock);
    const end = clock.now() + minuteMs;
    const failed = workflowRun(end, { conclusion: 'failure' });
    const again = {
      ...failed,
      attempt: 2,
      conclusion: 'success',
      startedAt: end + minuteMs,
      endedAt: end + 3 * minuteMs,
    };
    expect([[failed], [failed, failed], [again, failed], [again]].map(ledger.note)).toEqual([1, 0, 1, 0]);
    const of = 'branch="default",conclusion="failure",repository="octo/homelab",workflow="Deploy Home Assistant"';
    expect(linesOf(ledger, runsTotal)).toEqual([
      `github_workflow_runs_total{${of}} 1`,
      `github_workflow_runs_total{${of.replace('failure', 'success')}} 1`,
    ]);
    // The first attempt from when it was made, the second from its own start.
    const ofWorkflow = of.replace('conclusion="failure",', '');
    expect(linesOf(ledger, /run_duration/)).toEqual([
      `github_workflow_run_duration_seconds_count{${ofWorkflow}} 2`,
      `github_workflow_run_duration_seconds_sum{${ofWorkflow}} ${120 + 120}`,
    ]);
  });

  it('take a duration only where they ran to an end', () => {
    const clock = new FakeClock();
    const ledger = ledgerFor(clock);
    const conclusions = [
      'skipped',
      'cancelled',
      'neutral',
      'action_required',
      'stale',
      'startup_failure',
      'a new word',
    ];
    ledger.note(conclusions.map((conclusion) => workflowRun(clock.now(), { conclusion })));
    expect(linesOf(ledger, /run_duration/)).toEqual([]);
    ledger.note([workflowRun(clock.now(), { conclusion: 'timed_out' })]);
    expect(linesOf(ledger, /run_duration.*count/)).toHaveLength(1);
    const counted = linesOf(ledger, runsTotal).filter((line) => line.endsWith(' 1'));
    expect(counted.map((line) => /conclusion="(\w+)"/.exec(line)?.[1])).toEqual([
      ...['action_required', 'cancelled', 'neutral', 'other', 'skipped', 'stale', 'startup_failure', 'timed_out'],
    ]);
  });

  it.each([
    ['push', 'main', undefined, 'default'],
    ['push', 'main', 'trunk', 'other'],
    ['schedule', 'trunk', 'trunk', 'default'],
    ['workflow_dispatch', 'feature', 'main', 'other'],
    ['pull_request', 'main', 'main', 'pull_request'],
    ['pull_request_target', 'main', 'main', 'pull_request'],
    ['merge_group', 'gh-readonly-queue/main/pr-1', 'main', 'merge_queue'],
    ['release', undefined, 'main', 'other'],
  ])('by %s on %s where %s is the default branch are of the class %s', (event, branch, defaultBranch, expected) => {
    const clock = new FakeClock();
    const ledger = ledgerFor(clock);
    ledger.readings().update('octo/homelab', { defaultBranch });
    ledger.note([workflowRun(clock.now(), { event, branch })]);
    expect(linesOf(ledger, /runs_total.* 1$/)).toEqual([expect.stringContaining(`branch="${expected}"`)]);
  });
});

describe('labels', () => {
  const workflowsOf = (ledger: RunLedger) =>
    linesOf(ledger, /runs_total.*success.* [1-9]/).map((line) => line.replace(/.*workflow="(.*)"} /, '$1 '));

  function noted(settings: Parameters<typeof ledgerFor>[1], runs: readonly Partial<WorkflowRun>[]): RunLedger {
    const clock = new FakeClock();
    const ledger = ledgerFor(clock, settings);
    ledger.note(runs.map((over) => workflowRun(clock.now(), over)));
    return ledger;
  }

  it('name the workflows that are listed, by name or file, and call the rest other', () => {
    const runs = [
      { workflow: 'CI', workflowFile: 'ci.yml' },
      { workflow: 'CI (nightly)', workflowFile: 'nightly.yml' },
      { workflow: 'Deploy', workflowFile: 'deploy-nas.yml' },
      { workflow: 'Lint', workflowFile: 'lint.yml' },
      // No regular expression: a dot is a dot.
      { workflow: 'x', workflowFile: 'deploy-nasXyml' },
    ];
    expect(workflowsOf(noted({ workflows: ['CI (*)', 'deploy-*.yml', 'Lin'] }, runs))).toEqual([
      'CI (nightly) 1',
      'Deploy 1',
      'other 3',
    ]);
  });

  it('are at most as many as configured: who comes first keeps its own', () => {
    const runs = ['a', 'b', 'c', 'a', 'd'].map((workflow) => ({ workflow }));
    const ledger = noted({ max_workflows: 2 }, runs);
    expect(workflowsOf(ledger)).toEqual(['a 2', 'b 1', 'other 2']);
  });

  it('count the same name in another repository as another workflow', () => {
    const runs = ['octo/homelab', 'octo/b'].map((repository) => ({ workflow: 'CI', repository }));
    expect(workflowsOf(noted({ max_workflows: 1 }, runs))).toEqual(['other 1', 'CI 1']);
  });

  it('stay few where a webhook tells of any number of repositories', () => {
    const runs = Array.from({ length: 1000 }, (_, index) => ({ repository: `octo/r${index}`, workflow: `w${index}` }));
    const lines = linesOf(noted({ max_workflows: 200 }, runs), /runs_total.*success/);
    expect(lines).toHaveLength(201);
    expect(lines).toContain(
      'github_workflow_runs_total{branch="default",conclusion="success",repository="other",workflow="other"} 800',
    );
  });

  it('know a repository however it is spelt', () => {
    const ledger = noted({}, [{ repository: 'Octo/HomeLab' }]);
    expect(linesOf(ledger, /runs_total.* 1$/)).toEqual([expect.stringContaining('repository="octo/homelab"')]);
    expect(linesOf(ledger, /deployments_total.* 1$/)).toHaveLength(1);
  });
});

describe('the past', () => {
  it('counts in no counter, but its series begin at 0', () => {
    const clock = new FakeClock();
    const ledger = ledgerFor(clock);
    expect(ledger.note([workflowRun(clock.now() - 1, { conclusion: 'cancelled' })])).toBe(1);
    expect(linesOf(ledger, runsTotal).map((line) => line.replace(/.*conclusion="(\w+)".*} /, '$1 '))).toEqual([
      'cancelled 0',
      'failure 0',
      'success 0',
    ]);
    expect(linesOf(ledger, /deployments_total/)).toHaveLength(3);
    expect(linesOf(ledger, /deployments_total.* 0$/)).toHaveLength(3);
    expect(linesOf(ledger, /deployment_(duration|recovery)_seconds_count.* 0$/)).toHaveLength(2);
  });

  it('is in the figures of deployments, once all of the window is known', () => {
    const clock = new FakeClock();
    const ledger = ledgerFor(clock);
    const now = clock.now();
    ledger.note([
      workflowRun(now - 4 * dayMs),
      workflowRun(now - 3 * dayMs, { conclusion: 'failure' }),
      workflowRun(now - 3 * dayMs + 10 * minuteMs),
      workflowRun(now - 31 * dayMs),
      workflowRun(now - dayMs, { conclusion: 'failure' }),
    ]);
    const named = { ...deployment, windowMs: 30 * dayMs };
    const last = { lastOutcome: 'failure', lastAt: now - dayMs, failingSince: now - dayMs };
    expect(ledger.deployments()).toEqual([{ ...named, ...last }]);
    expect(linesOf(ledger, /in_window|_ratio|mean/)).toEqual([]);
    ledger.filled('octo/homelab', now - 30 * dayMs);
    const figures = { counts: { success: 2, failure: 2, cancelled: 0 }, successRatio: 0.5, meanRecoveryMs: 600_000 };
    expect(ledger.deployments()).toEqual([{ ...named, ...last, ...figures }]);
    expect(linesOf(ledger, /^github_deployment(s_in|_success|_mean|_last|_failing|_window)/)).toEqual([
      `github_deployment_failing_since_timestamp_seconds{deployment="homeassistant"} ${(now - dayMs) / 1000}`,
      `github_deployment_last_timestamp_seconds{deployment="homeassistant",outcome="failure"} ${(now - dayMs) / 1000}`,
      `github_deployment_last_timestamp_seconds{deployment="homeassistant",outcome="success"} ${(now - 3 * dayMs) / 1000 + 600}`,
      'github_deployment_mean_recovery_seconds{deployment="homeassistant"} 600',
      'github_deployment_success_ratio{deployment="homeassistant"} 0.5',
      'github_deployment_window_seconds{deployment="homeassistant"} 2592000',
      'github_deployments_in_window{deployment="homeassistant",outcome="cancelled"} 0',
      'github_deployments_in_window{deployment="homeassistant",outcome="failure"} 2',
      'github_deployments_in_window{deployment="homeassistant",outcome="success"} 2',
    ]);
  });

  it('is not taken where it may have been known and forgotten', () => {
    const clock = new FakeClock();
    const ledger = ledgerFor(clock);
    const ci = { workflow: 'CI', workflowFile: 'ci.yml' };
    const ended = [8 * dayMs, 6 * dayMs].map((ago) => workflowRun(clock.now() - ago, ci));
    const deployed = [91 * dayMs, 89 * dayMs].map((ago) => workflowRun(clock.now() - ago));
    expect([...ended, ...deployed].map((run) => ledger.note([run]))).toEqual([0, 1, 0, 1]);
  });
});

describe('deployments', () => {
  it('count by outcome; one that was skipped was none', () => {
    const clock = new FakeClock();
    const ledger = ledgerFor(clock);
    const conclusions = ['success', 'failure', 'timed_out', 'cancelled', 'skipped', 'neutral', 'a new word'];
    ledger.note(conclusions.map((conclusion, index) => workflowRun(clock.now() + index, { conclusion })));
    expect(linesOf(ledger, /^github_deployments_total/)).toEqual([
      'github_deployments_total{deployment="homeassistant",outcome="cancelled"} 1',
      'github_deployments_total{deployment="homeassistant",outcome="failure"} 2',
      'github_deployments_total{deployment="homeassistant",outcome="success"} 1',
    ]);
    expect(linesOf(ledger, /deployment_duration/)).toEqual([
      'github_deployment_duration_seconds_count{deployment="homeassistant"} 1',
      'github_deployment_duration_seconds_sum{deployment="homeassistant"} 120',
    ]);
  });

  it.each([
    ['its own', {}, 1],
    ['the name of the workflow', { workflow: 'deploy-homeassistant.yml', workflowFile: 'x.yml' }, 1],
    ['another workflow', { workflowFile: 'deploy.yml' }, 0],
    ['another repository', { repository: 'octo/other' }, 0],
    ['another branch', { branch: 'next' }, 0],
    ["a fork's branch of that name", { event: 'pull_request' }, 0],
  ])('are known by %s', (_, over, count) => {
    const clock = new FakeClock();
    const ledger = ledgerFor(clock);
    ledger.note([workflowRun(clock.now(), over)]);
    const line = `github_deployments_total{deployment="homeassistant",outcome="success"} ${count}`;
    expect(linesOf(ledger, /^github_deployments_total.*success/)).toEqual([line]);
  });

  it('of one workflow may be two', () => {
    const clock = new FakeClock();
    const ledger = ledgerFor(clock, {
      deployments: [homeassistant, { ...homeassistant, name: 'any', branch: undefined }],
    });
    ledger.note([workflowRun(clock.now()), workflowRun(clock.now(), { branch: 'next' })]);
    expect(linesOf(ledger, /^github_deployments_total.* [12]$/)).toEqual([
      'github_deployments_total{deployment="any",outcome="success"} 2',
      'github_deployments_total{deployment="homeassistant",outcome="success"} 1',
    ]);
  });

  it('recover once, also where the failure is learnt of later', () => {
    const clock = new FakeClock();
    const ledger = ledgerFor(clock);
    const now = clock.now();
    const [failed, mended] = [workflowRun(now, { conclusion: 'failure' }), workflowRun(now + 14 * minuteMs)];
    const recoveries = () => linesOf(ledger, /deployment_recovery_seconds/);
    ledger.note([workflowRun(now - 1), mended]);
    expect(recoveries()).toEqual([
      'github_deployment_recovery_seconds_count{deployment="homeassistant"} 0',
      'github_deployment_recovery_seconds_sum{deployment="homeassistant"} 0',
    ]);
    for (const told of [[failed], [mended, failed], [workflowRun(now + 20 * minuteMs)]]) ledger.note(told);
    expect(recoveries()).toEqual([
      'github_deployment_recovery_seconds_count{deployment="homeassistant"} 1',
      'github_deployment_recovery_seconds_sum{deployment="homeassistant"} 840',
    ]);
  });
});

describe('over a restart', () => {
  it('nothing counts twice, and what ended meanwhile counts', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'state.db');
    const clock = new FakeClock();
    const before = workflowRun(clock.now() + minuteMs, { conclusion: 'failure' });
    {
      using database = openDatabase(path);
      const ledger = ledgerFor(clock, {}, database);
      ledger.note([before]);
      ledger.readings().update('octo/homelab', { readAt: clock.now(), defaultBranch: 'main', success: true });
      ledger.filled('octo/homelab', clock.now() - 30 * dayMs);
      ledger.keep();
    }
    const meanwhile = workflowRun(clock.now() + 10 * minuteMs);
    const stopped = clock.now();
    await clock.advance(60 * minuteMs);
    using database = openDatabase(path);
    const ledger = ledgerFor(clock, {}, database);
    expect(ledger.note([meanwhile, before])).toBe(1);
    expect(linesOf(ledger, /^github_deployments_total/)).toEqual([
      'github_deployments_total{deployment="homeassistant",outcome="cancelled"} 0',
      'github_deployments_total{deployment="homeassistant",outcome="failure"} 0',
      'github_deployments_total{deployment="homeassistant",outcome="success"} 1',
    ]);
    expect(ledger.deployments()).toMatchObject([{ counts: { success: 1, failure: 1 }, meanRecoveryMs: 9 * minuteMs }]);
    expect(linesOf(ledger, /recovery_seconds_sum/)).toEqual([expect.stringMatching(/ 540$/)]);
    expect(ledger.readings().of('octo/homelab')).toMatchObject({ readAt: stopped, defaultBranch: 'main' });
    expect(ledger.wantedFrom('octo/homelab')).toBeUndefined();
  });

  it('another definition of a deployment is filled anew, and takes what is there already', () => {
    using database = openDatabase(':memory:');
    const clock = new FakeClock();
    const first = ledgerFor(clock, {}, database);
    first.note([workflowRun(clock.now(), { workflowFile: 'other.yml' })]);
    first.filled('octo/homelab', clock.now() - 30 * dayMs);
    const changed = { deployments: [{ ...homeassistant, workflow: 'other.yml' }] };
    const second = ledgerFor(clock, changed, database);
    expect(second.wantedFrom('octo/homelab')).toBe(clock.now() - 30 * dayMs);
    expect(second.deployments()).toMatchObject([{ lastOutcome: 'success' }]);
    second.filled('octo/homelab', clock.now() - 30 * dayMs);
    // A longer window wants more; the deployment as it was first is forgotten.
    expect(ledgerFor(clock, { ...changed, window: 60 * dayMs }, database).wantedFrom('octo/homelab')).toBeDefined();
    expect(ledgerFor(clock, changed, database).wantedFrom('octo/homelab')).toBeUndefined();
    expect(ledgerFor(clock, {}, database).wantedFrom('octo/homelab')).toBeDefined();
  });

  it('counts nothing that could not be kept, and tries again', () => {
    using database = openDatabase(':memory:');
    const clock = new FakeClock();
    const ledger = ledgerFor(clock, {}, database);
    const run = workflowRun(clock.now());
    expect(ledger.note([])).toBe(0);
    database.run('ALTER TABLE github_run RENAME TO elsewhere');
    expect(() => ledger.note([run])).toThrow('no such table: github_run');
    database.run('ALTER TABLE elsewhere RENAME TO github_run');
    expect([ledger.note([run]), ledger.note([run])]).toEqual([1, 0]);
    expect(linesOf(ledger, /runs_total.* 1$/)).toHaveLength(1);
  });
});

describe('bounds', () => {
  const rowsOf = (database: ReturnType<typeof openDatabase>) =>
    Number(database.all('SELECT count(*) AS rows FROM github_run')[0]?.rows);

  it('old runs are forgotten, deployments later than others', async () => {
    using database = openDatabase(':memory:');
    const clock = new FakeClock();
    const ledger = ledgerFor(clock, {}, database);
    const ci = { workflow: 'CI', workflowFile: 'ci.yml' };
    ledger.note([workflowRun(clock.now()), workflowRun(clock.now(), ci)]);
    await clock.advance(7 * dayMs + 1);
    ledger.note([workflowRun(clock.now(), ci)]);
    expect(rowsOf(database)).toBe(2);
    await clock.advance(84 * dayMs);
    ledger.note([workflowRun(clock.now(), ci)]);
    expect(rowsOf(database)).toBe(1);
  });

  it('20,000 are kept, deployments before others, and none that went counts again', () => {
    using database = openDatabase(':memory:');
    const clock = new FakeClock();
    const ledger = ledgerFor(clock, {}, database);
    const ci = { workflow: 'CI', workflowFile: 'ci.yml', repository: 'octo/ci' };
    const many = Array.from({ length: 20_000 }, (_, index) => workflowRun(clock.now() + index, ci));
    const deployed = workflowRun(clock.now() - 80 * dayMs);
    ledger.note([...many, deployed]);
    expect(rowsOf(database)).toBe(18_000);
    expect(ledger.note([...many, deployed])).toBe(0);
    expect(rowsOf(database)).toBe(18_000);
    expect(ledgerFor(clock, {}, database).note([...many, deployed])).toBe(0);
    expect(ledger.deployments()).toMatchObject([{ lastAt: deployed.endedAt }]);
  });

  it('a thousand open runs are remembered', () => {
    const clock = new FakeClock();
    const ledger = ledgerFor(clock);
    const runs = Array.from({ length: 1001 }, () => stillOpen(workflowRun(clock.now())));
    ledger.note(runs);
    expect(ledger.open('octo/homelab')).toEqual(runs.slice(1));
  });
});

describe('open runs', () => {
  it('are those told of, until they end; a late word opens none again', () => {
    const clock = new FakeClock();
    const ledger = ledgerFor(clock);
    const run = workflowRun(clock.now());
    const again = { ...stillOpen(run), attempt: 2 };
    ledger.note([stillOpen(run)]);
    expect(ledger.open('octo/homelab')).toEqual([stillOpen(run)]);
    ledger.note([run]);
    ledger.note([stillOpen(run)]);
    expect(ledger.open('octo/homelab')).toEqual([]);
    ledger.note([again]);
    ledger.note([run]);
    expect(ledger.open('octo/homelab')).toEqual([again]);
    ledger.forget([again]);
    expect(ledger.open('octo/homelab')).toEqual([]);
  });
});

describe('however runs are told', () => {
  const start = new FakeClock().now();
  const anyRun = fc
    .record({
      id: fc.integer({ min: 1, max: 12 }),
      attempt: fc.integer({ min: 1, max: 2 }),
      conclusion: fc.constantFrom('success', 'failure', 'cancelled', 'skipped'),
      minute: fc.integer({ min: -100, max: 100 }),
    })
    .map(({ minute, ...over }) => workflowRun(start + minute * minuteMs, over));
  const anyRuns = fc.uniqueArray(anyRun, { selector: ({ id, attempt }) => `${id}/${attempt}`, maxLength: 20 });

  it('in any order, twice and in any portions, counters and figures are the same', () => {
    const told = anyRuns.chain((runs) =>
      fc.tuple(fc.constant(runs), fc.shuffledSubarray([...runs, ...runs], { minLength: runs.length * 2 })),
    );
    const exact =
      /^github_(workflow_runs_total|workflow_run_duration|deployments_|deployment_(duration|last|failing|mean|success))/;
    fc.assert(
      fc.property(told, fc.integer({ min: 1, max: 5 }), ([runs, mixed], portion) => {
        const [once, often] = [ledgerFor(new FakeClock()), ledgerFor(new FakeClock())];
        for (const ledger of [once, often]) ledger.filled('octo/homelab', start - 30 * dayMs);
        once.note(runs);
        for (let index = 0; index < mixed.length; index += portion) often.note(mixed.slice(index, index + portion));
        expect(linesOf(often, exact)).toEqual(linesOf(once, exact));
        expect(often.deployments()).toEqual(once.deployments());
      }),
      { numRuns: 50 },
    );
  });
});

it('shows ten thousand deployments in less than 50 ms', () => {
  const clock = new FakeClock();
  const ledger = ledgerFor(clock);
  const conclusions = ['success', 'failure', 'success', 'cancelled'];
  const runs = Array.from({ length: 10_000 }, (_, index) =>
    workflowRun(clock.now() - index * minuteMs, { conclusion: conclusions[index % 4] }),
  );
  ledger.note(runs);
  ledger.filled('octo/homelab', clock.now() - 30 * dayMs);
  ledger.samples();
  const start = performance.now();
  for (let index = 0; index < 10; index++) ledger.samples();
  expect((performance.now() - start) / 10).toBeLessThan(50);
  expect(ledger.deployments()).toMatchObject([{ counts: { success: 5000, failure: 2500, cancelled: 2500 } }]);
});
