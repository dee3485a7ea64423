import { describe, expect, it } from 'vitest';
import { PartialCollection } from '../../src/collectors/collector.ts';
import { createQueuePolls } from '../../src/collectors/github/queue-polls.ts';
import { githubQueue } from '../../src/collectors/github-queue.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { WorkflowJob, WorkflowRun, WorkStatus } from '../../src/model/github.ts';
import type { GithubScope } from '../../src/model/runner.ts';
import type { Sample } from '../../src/model/sample.ts';
import { GithubError } from '../../src/sources/github/github-error.ts';
import type { GithubSource } from '../../src/sources/github/github-source.ts';
import { fakeGithub } from '../support/fake-github.ts';
import { endedJob, jobHouse, noon, onlineRunner, queuedJob, runningJob, second } from '../support/github-jobs.ts';
import { linesOfSamples } from '../support/host.ts';

const { signal } = new AbortController();
const minute = 60 * second;

/** A run in GitHub: its state and its jobs, or why they cannot be had. */
interface ScriptedRun {
  readonly id: number;
  readonly status: WorkStatus;
  readonly jobs: readonly WorkflowJob[] | Error;
}

function runOf(repository: string, { id, status }: ScriptedRun): WorkflowRun {
  const names = { workflow: 'CI', workflowFile: 'ci.yml', event: 'push', branch: 'main' };
  const times = { createdAt: noon + id, startedAt: noon + id, endedAt: undefined };
  return { id, attempt: 1, repository, status, conclusion: undefined, ...names, ...times };
}

interface Options {
  readonly scopes?: readonly GithubScope[];
  readonly over?: Partial<GithubSource>;
}

/** GitHub as `work` says it is at each moment; `asked` is what it was asked since it was last emptied. */
function queueHouse({ scopes = [{ kind: 'repository', name: 'octo/homelab' }], over = {} }: Options = {}) {
  const work: Record<string, readonly ScriptedRun[] | Error> = {};
  const asked: string[] = [];
  const runsOf = (repository: string): readonly ScriptedRun[] => {
    const runs = work[repository] ?? [];
    if (runs instanceof Error) throw runs;
    return runs;
  };
  const github = fakeGithub({
    async listRuns(repository, { status }) {
      asked.push(`${repository} ${status}`);
      const runs = runsOf(repository).filter((run) => run.status === status);
      return { runs: runs.map((run) => runOf(repository, run)), more: false };
    },
    async listJobs(repository, id) {
      asked.push(`${repository} run ${id}`);
      const jobs = runsOf(repository).find((run) => run.id === id)?.jobs;
      if (jobs === undefined) throw new GithubError('not-found', 'the run is gone');
      if (jobs instanceof Error) throw jobs;
      return jobs;
    },
    ...over,
  });
  const house = jobHouse({ githubScopes: scopes });
  return { ...house, work, asked, github, queuePolls: createQueuePolls(), log: silentLog };
}
type House = ReturnType<typeof queueHouse>;

const config = githubQueue.config.parse({});

async function collect(house: House, own = config): Promise<readonly string[]> {
  return shown(await githubQueue.collect(house, own, signal));
}

/** The message of a collection that failed, and what it shows all the same. */
async function failing(house: House, own = config) {
  const error = await githubQueue.collect(house, own, signal).catch((reason: unknown) => reason);
  if (!(error instanceof PartialCollection)) throw new Error('did not fail in part', { cause: error });
  return { message: error.message, lines: shown(error.samples) };
}

function view(house: House): readonly string[] {
  return shown(githubQueue.view?.(house, config) ?? []);
}

/** Without histograms: the ledger's test has them. */
function shown(samples: readonly Sample[]): readonly string[] {
  return linesOfSamples(samples.filter(({ metric }) => metric.type !== 'histogram'));
}

function starvedIn(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.startsWith('github_jobs_starved'));
}

const ofLabels = (labels: string, repository = 'octo/homelab') => `labels="${labels}",repository="${repository}"`;
const readAt = (at: number, repository = 'octo/homelab') =>
  `github_queue_last_success_timestamp_seconds{repository="${repository}"} ${at / 1000}`;

describe('the queue', () => {
  it('is told by labels and states, with the oldest wait, its end, and the label that nobody has', async () => {
    const house = queueHouse();
    house.runnerMemory.observe('octo/homelab', [onlineRunner()], noon);
    const gpu = { labels: ['self-hosted', 'GPU'] };
    await house.clock.advance(minute);
    const jobs = [
      runningJob({ id: 1 }),
      queuedJob({ id: 2, createdAt: noon + 20 * second }),
      queuedJob({ id: 3, createdAt: noon + 10 * second, labels: ['Linux', 'self-hosted'] }),
      queuedJob({ id: 4, ...gpu }),
      queuedJob({ id: 5, ...gpu, status: 'waiting' }),
      queuedJob({ id: 6, labels: ['ubuntu-latest'] }),
      endedJob({ id: 7 }),
    ];
    house.work['octo/homelab'] = [{ id: 10, status: 'in_progress', jobs }];
    const [common, special] = [ofLabels('linux,self-hosted'), ofLabels('gpu,self-hosted')];
    const day = 86_400;
    expect(await collect(house)).toEqual([
      `github_job_deadline_timestamp_seconds{${special}} ${noon / 1000 + day}`,
      `github_job_deadline_timestamp_seconds{${common}} ${noon / 1000 + 10 + day}`,
      `github_job_oldest_queued_timestamp_seconds{${special}} ${noon / 1000}`,
      `github_job_oldest_queued_timestamp_seconds{${common}} ${noon / 1000 + 10}`,
      'github_jobs_omitted{repository="octo/homelab"} 0',
      'github_jobs_starved{labels="gpu,self-hosted",missing="gpu",repository="octo/homelab"} 1',
      `github_jobs{${special},status="in_progress"} 0`,
      `github_jobs{${special},status="queued"} 1`,
      `github_jobs{${special},status="waiting"} 1`,
      `github_jobs{${common},status="in_progress"} 1`,
      `github_jobs{${common},status="queued"} 2`,
      readAt(noon + minute),
      'github_queue_success{repository="octo/homelab"} 1',
    ]);
  });

  it('costs two requests where it is empty, and two more every ten minutes', async () => {
    const house = queueHouse();
    const polls: (readonly string[])[] = [];
    for (const wait of [0, 30 * second, 9.5 * minute, 30 * second]) {
      await house.clock.advance(wait);
      await collect(house);
      polls.push(house.asked.splice(0).map((text) => text.replace('octo/homelab ', '')));
    }
    const all = ['queued', 'in_progress', 'waiting', 'pending'];
    expect(polls).toEqual([all, ['queued', 'in_progress'], all, ['queued', 'in_progress']]);
  });

  it('is shown between two polls as webhooks tell it, without asking', async () => {
    const house = queueHouse();
    await collect(house);
    house.runnerMemory.observe('octo/homelab', [onlineRunner()], noon);
    house.asked.length = 0;
    await house.clock.advance(5 * second);
    house.jobs.note([queuedJob({ labels: ['tpu'], createdAt: noon + 4 * second })]);
    expect(starvedIn(view(house))).toEqual([
      `github_jobs_starved{${ofLabels('tpu').replace(',repo', ',missing="tpu",repo')}} 1`,
    ]);
    expect(view(house)).toContain(readAt(noon + 5 * second));
    house.jobs.note([runningJob({ labels: ['tpu'] })]);
    expect(starvedIn(view(house))).toEqual([]);
    expect(house.asked).toEqual([]);
  });

  it('says of sets of labels beyond the bound only that they are others', async () => {
    const house = queueHouse();
    house.runnerMemory.observe('octo/homelab', [onlineRunner()], noon);
    house.jobs.note(Array.from({ length: 60 }, (_, id) => queuedJob({ id, labels: [`run-${id}`] })));
    const starved = starvedIn(view(house));
    expect(starved).toHaveLength(51);
    expect(starved).toContain('github_jobs_starved{labels="other",missing="other",repository="octo/homelab"} 10');
  });
});

describe('a repository that does not answer', () => {
  const scopes: readonly GithubScope[] = [
    { kind: 'repository', name: 'octo/homelab' },
    { kind: 'repository', name: 'octo/other' },
  ];

  it('keeps its jobs and tells their age, and the others are read', async () => {
    const house = queueHouse({ scopes });
    house.work['octo/homelab'] = [{ id: 10, status: 'queued', jobs: [queuedJob()] }];
    await collect(house);
    house.work['octo/homelab'] = new Error('GitHub failed with 502');
    await house.clock.advance(30 * second);
    const { message, lines } = await failing(house);
    expect(message).toBe('GitHub failed with 502');
    expect(lines).toEqual(
      expect.arrayContaining([
        `github_jobs{${ofLabels('linux,self-hosted')},status="queued"} 1`,
        'github_queue_success{repository="octo/homelab"} 0',
        'github_queue_success{repository="octo/other"} 1',
        readAt(noon),
        readAt(noon + 30 * second, 'octo/other'),
      ]),
    );
    house.work['octo/homelab'] = [];
    expect(await collect(house)).toContain('github_queue_success{repository="octo/homelab"} 1');
  });

  it('makes no job starve once its runners were not read for five minutes', async () => {
    const house = queueHouse();
    house.work['octo/homelab'] = [{ id: 10, status: 'queued', jobs: [queuedJob({ labels: ['gpu'] })] }];
    house.runnerMemory.observe('octo/homelab', [onlineRunner()], noon);
    await collect(house);
    house.work['octo/homelab'] = new Error('timeout');
    await house.clock.advance(5 * minute);
    expect(starvedIn((await failing(house)).lines)).toHaveLength(1);
    await house.clock.advance(second);
    const { lines } = await failing(house);
    expect(starvedIn(lines)).toEqual([]);
    expect(lines).toContain(`github_jobs{${ofLabels('gpu')},status="queued"} 1`);
  });

  it('that hangs leaves time for the others, within the timeout', async () => {
    const answers = queueHouse({ scopes });
    const hanging = (repository: string) => (repository === 'octo/homelab' ? new Promise<never>(() => {}) : undefined);
    const github: GithubSource = {
      ...answers.github,
      listRuns: (repository, filter, cut) => hanging(repository) ?? answers.github.listRuns(repository, filter, cut),
    };
    const house = { ...answers, github };
    const collecting = failing(house);
    await house.clock.advance(0);
    await house.clock.advance(config.timeout - 1);
    const { message, lines } = await collecting;
    expect(message).toBe('the queue of octo/homelab did not answer within 13.5 s');
    expect(lines).toContain('github_queue_success{repository="octo/other"} 1');
    expect(lines).toContain('github_queue_success{repository="octo/homelab"} 0');
  });

  it('comes last at the next time, and who had no turn comes first', async () => {
    const five = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ kind: 'repository', name: `octo/${name}` }) as const);
    const asked: string[] = [];
    const listRuns: GithubSource['listRuns'] = (repository) => {
      asked.push(repository);
      return new Promise(() => {});
    };
    const house = queueHouse({ scopes: five, over: { listRuns } });
    const polls: (readonly string[])[] = [];
    for (let poll = 0; poll < 3; poll++) {
      const collecting = failing(house);
      await house.clock.advance(0);
      await house.clock.advance(30 * second);
      await collecting;
      polls.push(asked.splice(0).map((name) => name.slice(-1)));
    }
    expect(polls).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'a'],
      ['b', 'c', 'd'],
    ]);
  });

  it('ends with whoever asked', async () => {
    const house = queueHouse({ over: { listRuns: () => new Promise(() => {}) } });
    const stop = new AbortController();
    const collecting = githubQueue.collect(house, config, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(collecting).rejects.toThrow(/^stopped$/);
  });
});

describe('jobs whose news were missed', () => {
  async function afterOpen(job: WorkflowJob): Promise<House> {
    const house = queueHouse();
    await collect(house);
    house.jobs.note([job]);
    house.asked.length = 0;
    await house.clock.advance(30 * second);
    return house;
  }
  const openIn = (house: House) => house.jobs.open().map(({ job }) => `${job.id} ${job.status}`);

  it('are asked for once, where their run is not listed any more', async () => {
    const house = await afterOpen(runningJob());
    house.work['octo/homelab'] = [{ id: 10, status: 'completed', jobs: [endedJob()] }];
    await collect(house);
    await collect(house);
    const two = ['octo/homelab queued', 'octo/homelab in_progress'];
    expect(house.asked).toEqual([...two, 'octo/homelab run 10', ...two]);
    expect(house.told.map(({ action }) => action)).toEqual(['job-started', 'job-ended']);
  });

  it('are closed where their run was deleted', async () => {
    const house = await afterOpen(runningJob());
    await collect(house);
    expect([openIn(house), house.told.map(({ action }) => action)]).toEqual([[], ['job-started']]);
  });

  it('are closed where their run has them no more', async () => {
    const house = await afterOpen(queuedJob());
    house.work['octo/homelab'] = [{ id: 10, status: 'queued', jobs: [queuedJob({ id: 2 })] }];
    await collect(house);
    expect(openIn(house)).toEqual(['2 queued']);
  });

  it('stay where GitHub fails to answer for their run', async () => {
    const house = await afterOpen(queuedJob());
    house.work['octo/homelab'] = [{ id: 10, status: 'completed', jobs: new Error('GitHub failed with 500') }];
    expect((await failing(house)).message).toBe('GitHub failed with 500');
    expect(openIn(house)).toEqual(['1 queued']);
  });

  it('stay where the webhook came while GitHub was asked', async () => {
    const house = await afterOpen(queuedJob({ id: 9, runId: 99 }));
    house.work['octo/homelab'] = [{ id: 99, status: 'queued', jobs: [queuedJob({ id: 9, runId: 99 })] }];
    const { listJobs } = house.github;
    const github: GithubSource = {
      ...house.github,
      async listJobs(...args) {
        await house.clock.advance(second);
        house.jobs.note([queuedJob({ id: 1, runId: 10 })]);
        return listJobs(...args);
      },
    };
    await collect({ ...house, github });
    expect(openIn(house)).toEqual(['9 queued', '1 queued']);
  });

  it('stay where they wait for an approval, until those are read again', async () => {
    const house = await afterOpen(queuedJob({ status: 'waiting' }));
    await collect(house);
    expect(openIn(house)).toEqual(['1 waiting']);
    await house.clock.advance(10 * minute);
    await collect(house);
    expect(openIn(house)).toEqual([]);
  });

  it('of a repository that only webhooks tell of are healed by polls', async () => {
    const house = queueHouse({ scopes: [{ kind: 'organization', name: 'octo' }] });
    house.jobs.note([queuedJob({ repository: 'octo/far' })]);
    house.work['octo/far'] = [{ id: 10, status: 'completed', jobs: [endedJob({ repository: 'octo/far' })] }];
    await house.clock.advance(second);
    await collect(house);
    expect(openIn(house)).toEqual([]);
    house.asked.length = 0;
    await collect(house);
    expect(house.asked).toEqual([]);
  });
});

describe('more runs than one poll asks for', () => {
  it('are counted, and asked for in turn', async () => {
    const house = queueHouse();
    const runs = Array.from({ length: 60 }, (_, index) => {
      const id = index + 1;
      return { id, status: 'queued' as const, jobs: [queuedJob({ id, runId: id })] };
    });
    house.work['octo/homelab'] = runs;
    expect(await collect(house)).toContain('github_jobs_omitted{repository="octo/homelab"} 10');
    expect(house.jobs.open()).toHaveLength(50);
    house.asked.length = 0;
    await house.clock.advance(30 * second);
    await collect(house);
    expect(house.asked.slice(2, 12)).toEqual(runs.slice(50).map(({ id }) => `octo/homelab run ${id}`));
    expect(house.asked).toHaveLength(52);
    expect(house.jobs.open()).toHaveLength(60);
  });
});

describe('the repositories', () => {
  const acme: GithubScope = { kind: 'organization', name: 'acme' };

  async function askedFor(house: House, own = config): Promise<readonly string[]> {
    house.asked.length = 0;
    await githubQueue.collect(house, own, signal).catch(() => undefined);
    return [...new Set(house.asked.map((text) => text.split(' ')[0] ?? ''))];
  }

  it("are those that are configured, once, and the organisation's newest, whose list is renewed every ten minutes", async () => {
    let listed = ['acme/a', 'acme/b', 'acme/c'];
    const house = queueHouse({
      scopes: [{ kind: 'repository', name: 'octo/r' }, acme],
      over: { listRepositories: async () => listed },
    });
    const own = githubQueue.config.parse({ repositories: ['Octo/R', 'octo/more'], max_repositories: 2 });
    expect(await askedFor(house, own)).toEqual(['octo/r', 'octo/more', 'acme/a', 'acme/b']);
    listed = ['acme/new'];
    await house.clock.advance(10 * minute - 1);
    expect(await askedFor(house, own)).toHaveLength(4);
    await house.clock.advance(1);
    expect(await askedFor(house, own)).toEqual(['acme/new', 'octo/r', 'octo/more']);
    expect([...house.queuePolls.repositories.keys()].sort()).toEqual(['acme/new', 'octo/more', 'octo/r']);
  });

  it('of an organisation that cannot be listed stay, and that is a failure', async () => {
    let listed = async (): Promise<readonly string[]> => ['acme/a'];
    const house = queueHouse({ scopes: [acme], over: { listRepositories: () => listed() } });
    await collect(house);
    listed = () => Promise.reject(new Error('no permission'));
    await house.clock.advance(10 * minute);
    expect((await failing(house)).message).toBe('no permission');
    expect(await askedFor(house)).toEqual(['acme/a']);
  });

  it('of an organisation are not listed where none is wanted', async () => {
    const house = queueHouse({ scopes: [acme], over: { listRepositories: () => Promise.reject(new Error('asked')) } });
    expect(await collect(house, githubQueue.config.parse({ max_repositories: 0 }))).toEqual([]);
  });

  it.each<[string | undefined, readonly GithubScope[], readonly string[], string | undefined]>([
    ['no github.token', [acme], [], 'no github.token'],
    [undefined, [], [], 'no github.repositories, github.organizations, github.enterprises or repositories of its own'],
    [undefined, [], ['octo/r'], undefined],
    [undefined, [acme], [], undefined],
  ])('are not asked for with %s, %j and %j', (available, scopes, repositories, reason) => {
    const house = queueHouse({ scopes, over: { available: () => available } });
    expect(githubQueue.idle?.(house, githubQueue.config.parse({ repositories }))).toBe(reason);
  });

  it('are asked as slowly as GitHub wants', () => {
    const house = queueHouse({ over: { pace: (intervalMs) => 3 * intervalMs } });
    expect(githubQueue.pace?.(house, config)).toBe(90 * second);
  });
});

it('shows 10,000 jobs in less time than a webhook may take', () => {
  const house = queueHouse();
  house.runnerMemory.observe('octo/homelab', [onlineRunner()], noon);
  house.jobs.note(
    Array.from({ length: 9_999 }, (_, id) => queuedJob({ id, createdAt: noon + id, labels: [`l${id % 40}`] })),
  );
  const start = performance.now();
  expect(starvedIn(view(house))).toHaveLength(40);
  expect(performance.now() - start).toBeLessThan(1000);
});
