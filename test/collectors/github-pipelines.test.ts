import { describe, expect, it } from 'vitest';
import { PartialCollection } from '../../src/collectors/collector.ts';
import { githubPipelines } from '../../src/collectors/github-pipelines.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { WorkflowRun } from '../../src/model/github.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { GithubSource } from '../../src/sources/github/github-source.ts';
import { openDatabase } from '../../src/state/database.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakeGithub } from '../support/fake-github.ts';
import { dayMs, homeassistant, ledgerFor, listOf, minuteMs, stillOpen, workflowRun } from '../support/github-runs.ts';
import { linesOfSamples } from '../support/host.ts';

const { signal } = new AbortController();
const config = githubPipelines.config.parse({ deployments: [homeassistant] });
const ci = { workflow: 'CI', workflowFile: 'ci.yml' };

interface World {
  readonly clock: FakeClock;
  /** What GitHub has. */
  runs: WorkflowRun[];
}

function worldOf(over: Partial<GithubSource> = {}, settings: Parameters<typeof ledgerFor>[1] = {}) {
  const clock = new FakeClock();
  const world: World = { clock, runs: [] };
  const list = listOf(() => world.runs);
  const github = fakeGithub({ listRuns: list.listRuns, ...over });
  const database = openDatabase(':memory:');
  const deps = () => ({ github, clock, log: silentLog, runs: ledgerFor(clock, settings, database) });
  return { ...deps(), world, asked: list.asked, restarted: deps };
}

type Deps = Parameters<typeof githubPipelines.collect>[0];

const poll = (deps: Deps) => githubPipelines.collect(deps, config, signal);
const linesOf = (samples: readonly Sample[], family: RegExp) =>
  linesOfSamples(samples).filter((line) => family.test(line) && !line.includes('_bucket{'));
const counted = (samples: readonly Sample[]) =>
  linesOf(samples, /^github_workflow_runs_total/).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

async function failureOf(deps: Deps): Promise<PartialCollection> {
  const error = await poll(deps).catch((reason: unknown) => reason);
  if (error instanceof PartialCollection) return error;
  throw new Error(`no PartialCollection: ${String(error)}`);
}

/** A busy repository: one run a minute, the newest a minute ago. */
function busyRuns(now: number, count: number, over: Partial<WorkflowRun> = ci): WorkflowRun[] {
  return Array.from({ length: count }, (_, index) => workflowRun(now - (index + 1) * minuteMs, over));
}

describe('a poll', () => {
  it('takes the past for the figures, and counts what ends from then on', async () => {
    const { world, ...deps } = worldOf();
    const now = deps.clock.now();
    world.runs = [workflowRun(now - dayMs), workflowRun(now - 2 * dayMs, { conclusion: 'failure' })];
    const first = await poll(deps);
    expect(counted(first)).toBe(0);
    expect(linesOf(first, /in_window|^github_pipelines/)).toEqual([
      'github_deployments_in_window{deployment="homeassistant",outcome="cancelled"} 0',
      'github_deployments_in_window{deployment="homeassistant",outcome="failure"} 1',
      'github_deployments_in_window{deployment="homeassistant",outcome="success"} 1',
      `github_pipelines_last_success_timestamp_seconds{repository="octo/homelab"} ${now / 1000}`,
      'github_pipelines_success{repository="octo/homelab"} 1',
    ]);
    await deps.clock.advance(5 * minuteMs);
    world.runs.push(workflowRun(deps.clock.now()));
    const second = await poll(deps);
    expect(linesOf(second, /^github_deployments_total.*success/)).toEqual([
      'github_deployments_total{deployment="homeassistant",outcome="success"} 1',
    ]);
    expect(counted(await poll(deps))).toBe(1);
  });

  it('asks once for all that a quiet repository has, twice in a busy one', async () => {
    const { world, asked, ...deps } = worldOf();
    world.runs = busyRuns(deps.clock.now(), 100);
    await poll(deps);
    const newest = { status: 'completed', maxPages: 1 };
    expect(asked.splice(0)).toEqual([newest]);
    world.runs.push(workflowRun(deps.clock.now() - dayMs, ci));
    await poll(deps);
    expect(asked.splice(0)).toEqual([newest, { status: 'in_progress', maxPages: 1 }]);
  });

  it('reads the whole window of a deployment at first, in bounded pages', async () => {
    const { world, asked, ...deps } = worldOf();
    const now = deps.clock.now();
    world.runs = [...busyRuns(now, 250), workflowRun(now - 20 * dayMs), workflowRun(now - 29 * dayMs)];
    const samples = await poll(deps);
    expect(asked.at(-1)).toEqual({ status: 'completed', createdFrom: now - 30 * dayMs, maxPages: 10 });
    expect(linesOf(samples, /in_window.*success/)).toEqual([expect.stringMatching(/ 2$/)]);
    expect(counted(samples)).toBe(0);
    asked.splice(0);
    await poll(deps);
    expect(asked).toHaveLength(2);
  });

  it('knows nothing of a window that it could not read, and tries again', async () => {
    const fail = { now: true };
    const { world, asked, ...deps } = worldOf({
      async listRuns(repository, filter) {
        if (filter.maxPages > 1 && fail.now) throw new Error('GitHub failed with 502 for the runs of octo/homelab');
        return listOf(() => world.runs).listRuns(repository, filter);
      },
    });
    world.runs = [...busyRuns(deps.clock.now(), 150), workflowRun(deps.clock.now() - 20 * dayMs)];
    const { message, samples } = await failureOf(deps);
    expect(message).toBe('GitHub failed with 502 for the runs of octo/homelab');
    expect(linesOf(samples, /in_window|pipelines_success/)).toEqual([
      'github_pipelines_success{repository="octo/homelab"} 0',
    ]);
    fail.now = false;
    expect(linesOf(await poll(deps), /in_window.*success|pipelines_success/)).toEqual([
      'github_deployments_in_window{deployment="homeassistant",outcome="success"} 1',
      'github_pipelines_success{repository="octo/homelab"} 1',
    ]);
    expect(asked).toEqual([]);
  });
});

describe('what is not on the first page', () => {
  it('is read after an outage, and counts', async () => {
    const { world, ...deps } = worldOf();
    world.runs = busyRuns(deps.clock.now(), 150);
    await poll(deps);
    await deps.clock.advance(250 * minuteMs);
    world.runs = [...busyRuns(deps.clock.now(), 250), ...world.runs];
    expect(counted(await poll(deps))).toBe(250);
    expect(counted(await poll(deps))).toBe(250);
  });

  it('is read by the next poll where a page failed after the first', async () => {
    const fail = { now: false };
    const { world, ...deps } = worldOf({
      async listRuns(repository, filter) {
        if (filter.maxPages > 1 && fail.now) throw new Error('page 2 failed');
        return listOf(() => world.runs).listRuns(repository, filter);
      },
    });
    world.runs = busyRuns(deps.clock.now(), 150);
    await poll(deps);
    await deps.clock.advance(250 * minuteMs);
    world.runs = [...busyRuns(deps.clock.now(), 250), ...world.runs];
    fail.now = true;
    const { samples } = await failureOf(deps);
    expect(counted(samples)).toBe(100);
    fail.now = false;
    expect(counted(await poll(deps))).toBe(250);
  });

  it('is looked for where a run that was seen open ended long after it was made', async () => {
    const { world, asked, ...deps } = worldOf();
    const long = workflowRun(deps.clock.now() + 300 * minuteMs, { createdAt: deps.clock.now() - minuteMs });
    world.runs = [...busyRuns(deps.clock.now(), 150), stillOpen(long)];
    await poll(deps);
    await deps.clock.advance(10 * minuteMs);
    asked.splice(0);
    for (let minute = 0; minute < 290; minute += 29) {
      await deps.clock.advance(29 * minuteMs);
      world.runs.push(...busyRuns(deps.clock.now(), 29));
      await poll(deps);
    }
    world.runs = world.runs.map((run) => (run.id === long.id ? long : run));
    asked.splice(0);
    const samples = await poll(deps);
    expect(asked.at(-1)).toEqual({ status: 'completed', createdFrom: long.createdAt, maxPages: 10 });
    expect(linesOf(samples, /^github_deployments_total.*success/)).toEqual([expect.stringMatching(/ 1$/)]);
    expect(linesOf(samples, /deployment_duration_seconds_sum/)).toEqual([expect.stringMatching(/ 18060$/)]);
    asked.splice(0);
    await poll(deps);
    expect(asked).toHaveLength(2);
  });

  it('is looked for once where a run vanished altogether', async () => {
    const { world, asked, ...deps } = worldOf();
    const doomed = stillOpen(workflowRun(0, { createdAt: deps.clock.now() - 200 * minuteMs }));
    world.runs = [...busyRuns(deps.clock.now(), 150), doomed];
    await poll(deps);
    world.runs = world.runs.filter(({ id }) => id !== doomed.id);
    asked.splice(0);
    for (let times = 0; times < 2; times++) await poll(deps);
    expect(asked.filter(({ createdFrom }) => createdFrom === doomed.createdAt)).toHaveLength(1);
  });

  it('is found within the hour where an old run ran again between two polls', async () => {
    const { world, ...deps } = worldOf();
    const old = workflowRun(deps.clock.now() - 2 * dayMs, { conclusion: 'failure' });
    world.runs = [...busyRuns(deps.clock.now(), 150), old];
    await poll(deps);
    await deps.clock.advance(minuteMs);
    const again = { ...old, attempt: 2, conclusion: 'success', startedAt: deps.clock.now(), endedAt: deps.clock.now() };
    world.runs = world.runs.map((run) => (run.id === old.id ? again : run));
    expect(linesOf(await poll(deps), /failing_since/)).toHaveLength(1);
    await deps.clock.advance(60 * minuteMs);
    expect(linesOf(await poll(deps), /failing_since|^github_deployments_total.*success/)).toEqual([
      'github_deployments_total{deployment="homeassistant",outcome="success"} 1',
    ]);
  });

  it('is found after a start, though it was made before the stop', async () => {
    const { world, restarted, ...deps } = worldOf();
    const late = workflowRun(deps.clock.now() + minuteMs, { createdAt: deps.clock.now() - 140 * minuteMs });
    world.runs = busyRuns(deps.clock.now(), 150);
    await poll(deps);
    await deps.clock.advance(10 * minuteMs);
    world.runs.push(late);
    expect(counted(await poll(restarted()))).toBe(1);
    expect(counted(await poll(restarted()))).toBe(0);
  });
});

describe('the default branch', () => {
  it('is asked for once a day, and remembered over a restart while GitHub does not say', async () => {
    const asked: string[] = [];
    const answer = { branch: 'trunk' as string | undefined };
    const { world, restarted, ...deps } = worldOf({
      async defaultBranch(repository) {
        asked.push(repository);
        if (answer.branch === undefined) throw new Error('not found');
        return answer.branch;
      },
    });
    for (let times = 0; times < 2; times++) await poll(deps);
    expect(asked).toEqual(['octo/homelab']);
    await deps.clock.advance(dayMs);
    await poll(deps);
    expect(asked).toHaveLength(2);
    answer.branch = undefined;
    world.runs = [workflowRun(deps.clock.now(), { branch: 'trunk' })];
    const later = restarted();
    const samples = await poll(later);
    expect(linesOf(samples, /runs_total.* 1$/)).toEqual([expect.stringContaining('branch="default"')]);
    await poll(later);
    expect(asked).toHaveLength(3);
    await deps.clock.advance(10 * minuteMs);
    await poll(later);
    expect(asked).toHaveLength(4);
  });
});

describe('several repositories', () => {
  const repositories = ['octo/a', 'octo/b', 'octo/c'];
  const settings = {
    deployments: repositories.map((repository) => ({ ...homeassistant, repository, name: repository.slice(5) })),
  };

  it('are told apart where one fails', async () => {
    const asked: string[] = [];
    const deps = worldOf(
      {
        async listRuns(repository) {
          asked.push(repository);
          if (repository === 'octo/a') throw new Error('the runs of octo/a not found');
          return { runs: [workflowRun(0, { repository })], more: false };
        },
      },
      settings,
    );
    const { message, samples } = await failureOf(deps);
    expect(message).toBe('the runs of octo/a not found');
    expect(linesOf(samples, /pipelines_success/)).toEqual([
      'github_pipelines_success{repository="octo/a"} 0',
      'github_pipelines_success{repository="octo/b"} 1',
      'github_pipelines_success{repository="octo/c"} 1',
    ]);
    expect(linesOf(samples, /pipelines_last/)).toHaveLength(2);
    expect(asked).toEqual(repositories);
  });

  it('are read though one of them hangs', async () => {
    const deps = worldOf(
      {
        listRuns: async (repository) =>
          repository === 'octo/b' ? new Promise(() => undefined) : { runs: [], more: false },
      },
      settings,
    );
    const failed = failureOf(deps);
    // The first one answers before time goes on.
    await deps.clock.advance(0);
    await deps.clock.advance(config.timeout);
    const { message, samples } = await failed;
    expect(message).toBe('GitHub, asked for the runs of octo/b, did not answer within 13.5 s');
    expect(linesOf(samples, /pipelines_success/).map((line) => line.at(-1))).toEqual(['1', '0', '1']);
  });

  it('come first in the next poll where there was no time for them', async () => {
    const asked: string[] = [];
    const many = Array.from({ length: 8 }, (_, index) => `octo/r${index}`);
    const deps = worldOf(
      {
        async listRuns(repository) {
          asked.push(repository);
          return asked.length > 6 ? { runs: [], more: false } : new Promise(() => undefined);
        },
      },
      { deployments: many.map((repository, index) => ({ ...homeassistant, repository, name: `r${index}` })) },
    );
    const failed = failureOf(deps);
    for (let second = 0; second < 27; second++) await deps.clock.advance(1_000);
    const { samples } = await failed;
    expect(asked.splice(0)).toEqual(many.slice(0, 6));
    // Those that were not asked have not failed.
    expect(linesOf(samples, /pipelines_success/).map((line) => line.at(-1))).toEqual(['0', '0', '0', '0', '0', '0']);
    asked.push(...many.slice(0, 6));
    await poll(deps);
    expect(asked.slice(6)).toEqual([...many.slice(6), ...many.slice(0, 6)]);
  });

  it('say once what is wrong with all, and keep what is known', async () => {
    const fail = { now: false };
    const deps = worldOf(
      {
        async listRuns(repository) {
          if (fail.now) throw new Error('GitHub may not be asked until noon');
          return { runs: [workflowRun(deps.clock.now(), { repository })], more: false };
        },
      },
      settings,
    );
    await poll(deps);
    const at = deps.clock.now() / 1000;
    fail.now = true;
    await deps.clock.advance(60 * minuteMs);
    const { message, samples } = await failureOf(deps);
    expect(message).toBe('GitHub may not be asked until noon');
    expect(linesOf(samples, /pipelines_success.* 0$/)).toHaveLength(3);
    expect(linesOf(samples, new RegExp(`pipelines_last.* ${at}$`))).toHaveLength(3);
    expect(linesOf(samples, /in_window.*success.* 1$/)).toHaveLength(3);
    expect(counted(samples)).toBe(3);
  });
});

it('a webhook counts at once, without GitHub being asked', async () => {
  const { asked, ...deps } = worldOf();
  await poll(deps);
  asked.splice(0);
  await deps.clock.advance(minuteMs);
  deps.runs.note([workflowRun(deps.clock.now())]);
  const seen = githubPipelines.view?.(deps, config) ?? [];
  expect(counted(seen)).toBe(1);
  expect(linesOf(seen, /pipelines_last/)).toEqual([expect.stringMatching(new RegExp(` ${deps.clock.now() / 1000}$`))]);
  expect(asked).toEqual([]);
});

it('stops when it is told to', async () => {
  const stopping = new AbortController();
  const deps = worldOf({ listRuns: () => new Promise(() => undefined) });
  const collection = githubPipelines.collect(deps, config, stopping.signal);
  stopping.abort(new Error('stopped'));
  await expect(collection).rejects.toThrow(/^stopped$/);
});

it('keeps the pace that GitHub can bear', () => {
  const deps = worldOf({ pace: (intervalMs) => intervalMs * 3 });
  expect(githubPipelines.pace?.(deps, config)).toBe(180_000);
});

it.each([
  ['no github.token', {}, 'no github.token'],
  [undefined, { deployments: [] }, 'no github.repositories and no collectors.github-pipelines.deployments'],
  [undefined, {}, undefined],
])('with %s and %j is idle because of %s', (available, settings, reason) => {
  expect(githubPipelines.idle?.(worldOf({ available: () => available }, settings), config)).toBe(reason);
});

it('wants each deployment by another name', () => {
  const twice = { deployments: [homeassistant, homeassistant] };
  expect(githubPipelines.config.safeParse(twice).error?.issues[0]?.message).toBe('expected each name once');
});
