import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorkflowJob } from '../../src/model/github.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createJobStore } from '../../src/state/github-jobs.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { endedJob, forgetful, hour, jobHouse, noon, queuedJob, runningJob, second } from '../support/github-jobs.ts';
import { linesOfSamples } from '../support/host.ts';
import { temporaryFolder } from '../support/processes.ts';

type Ledger = ReturnType<typeof jobHouse>['jobs'];

/** How many jobs were counted, and the sum of their seconds. */
function counted(jobs: Ledger): readonly string[] {
  return linesOfSamples(jobs.samples()).filter((line) => /_(count|sum)\{/.test(line) && !line.endsWith(' 0'));
}

function openOnes(jobs: Ledger): readonly string[] {
  return jobs.open().map(({ job }) => `${job.id} ${job.status}`);
}

const labels = 'labels="linux,self-hosted",repository="octo/homelab"';
const wait = [`github_job_wait_seconds_count{${labels}} 1`, `github_job_wait_seconds_sum{${labels}} 30`];
const ran = (conclusion: string) => [
  `github_job_run_seconds_count{conclusion="${conclusion}",${labels}} 1`,
  `github_job_run_seconds_sum{conclusion="${conclusion}",${labels}} 120`,
];

const skipped = queuedJob({ status: 'completed', conclusion: 'skipped', completedAt: noon });
const cancelled = queuedJob({ status: 'completed', conclusion: 'cancelled', completedAt: noon + hour });

describe('a job', () => {
  it.each<[string, readonly WorkflowJob[], readonly string[], readonly string[], readonly string[]]>([
    ['waits', [queuedJob()], ['1 queued'], [], []],
    ['runs', [queuedJob(), runningJob()], ['1 in_progress'], wait, ['job-started']],
    ['ends', [queuedJob(), runningJob(), endedJob()], [], [...ran('success'), ...wait], ['job-started', 'job-ended']],
    ['is told twice', [runningJob(), runningJob()], ['1 in_progress'], wait, ['job-started']],
    ['was told queued too late', [runningJob(), queuedJob()], ['1 in_progress'], wait, ['job-started']],
    [
      'was told last first',
      [endedJob(), runningJob(), queuedJob()],
      [],
      [...ran('success'), ...wait],
      ['job-started', 'job-ended'],
    ],
    ['fails', [endedJob({ conclusion: 'failure' })], [], [...ran('failure'), ...wait], ['job-started', 'job-ended']],
    [
      'ends in a new word',
      [endedJob({ conclusion: 'vanished' })],
      [],
      [...ran('other'), ...wait],
      ['job-started', 'job-ended'],
    ],
    ['was skipped', [skipped], [], [], []],
    ['was cancelled before a runner had it', [queuedJob(), cancelled], [], [], ['job-ended']],
    ['is in a state that is new', [queuedJob({ status: 'other' })], ['1 other'], [], []],
    ['waits, and a state that is new comes after', [queuedJob(), queuedJob({ status: 'other' })], ['1 queued'], [], []],
  ])('that %s', (_, events, open, counts, actions) => {
    const { jobs, told } = jobHouse();
    for (const event of events) jobs.note([event]);
    expect([openOnes(jobs), counted(jobs), told.map(({ action }) => action)]).toEqual([open, counts, actions]);
  });

  it('is written into the audit log with all that is known of it', () => {
    const { jobs, told } = jobHouse();
    jobs.note([runningJob()]);
    jobs.note([endedJob({ conclusion: 'timed_out' })]);
    const ids = { repository: 'octo/homelab', workflow: 'CI', job: 'build', runner: 'ci-1', job_id: '1', run_id: '10' };
    expect(told).toEqual([
      {
        action: 'job-started',
        at: noon + 30 * second,
        message: 'job build of octo/homelab started on ci-1',
        labels: ids,
      },
      {
        action: 'job-ended',
        at: noon + 150 * second,
        outcome: 'failure',
        message: 'job build of octo/homelab ended: timed_out',
        labels: { ...ids, conclusion: 'timed_out' },
      },
    ]);
  });

  it('that was made again is another one', () => {
    const { jobs } = jobHouse();
    jobs.note([endedJob(), queuedJob({ id: 2 })]);
    expect(openOnes(jobs)).toEqual(['2 queued']);
  });

  it('that had to be approved waits for a runner from then on', async () => {
    const { jobs, clock } = jobHouse();
    jobs.note([queuedJob({ status: 'waiting' })]);
    await clock.advance(72 * hour);
    expect(jobs.open().map(({ queuedAt }) => queuedAt)).toEqual([undefined]);
    jobs.note([queuedJob()]);
    expect(jobs.open().map(({ queuedAt }) => queuedAt)).toEqual([noon + 72 * hour]);
    jobs.note([runningJob({ startedAt: noon + 72 * hour + 7 * second })]);
    expect(counted(jobs)).toContain(`github_job_wait_seconds_sum{${labels}} 7`);
  });

  it('whose approval nobody saw counts in no wait', () => {
    const { jobs } = jobHouse();
    jobs.note([queuedJob({ status: 'waiting' })]);
    jobs.note([endedJob()]);
    expect(counted(jobs)).toEqual(ran('success'));
  });

  it('starts no earlier than it was queued, whatever the clocks of GitHub say', () => {
    const { jobs } = jobHouse();
    jobs.note([runningJob({ startedAt: noon - second })]);
    expect(counted(jobs)).toEqual([`github_job_wait_seconds_count{${labels}} 1`]);
  });

  it('has its counters at 0 before they count', () => {
    const { jobs } = jobHouse();
    jobs.note([queuedJob()]);
    const lines = linesOfSamples(jobs.samples());
    expect(lines).toContain(`github_job_wait_seconds_count{${labels}} 0`);
    expect(lines).toContain(
      `github_job_wait_seconds_bucket{${labels.replace(',repository', ',le="86400.0",repository')}} 0`,
    );
  });
});

describe('events in any order, late or twice', () => {
  const kinds = fc.constantFrom('success', 'failure', 'cancelled', 'skipped');
  const life = fc.record({ kind: kinds, waited: fc.nat(5000), took: fc.nat(5000), gpu: fc.boolean() });

  function eventsOf({ kind, waited, took, gpu }: typeof life extends fc.Arbitrary<infer T> ? T : never, id: number) {
    const own = { id, labels: gpu ? ['gpu'] : ['cpu'] };
    const startedAt = noon + waited * second;
    const completedAt = startedAt + took * second;
    if (kind === 'cancelled' || kind === 'skipped') {
      return [queuedJob(own), queuedJob({ ...own, status: 'completed', conclusion: kind, completedAt })];
    }
    const times = { ...own, startedAt };
    return [queuedJob(own), runningJob(times), endedJob({ ...times, conclusion: kind, completedAt })];
  }

  function resultOf(events: readonly WorkflowJob[]) {
    const { jobs, told } = jobHouse();
    for (const event of events) jobs.note([event]);
    const actions = told.map(({ action, at, labels: { job_id } }) => `${action} ${job_id} ${at}`).sort();
    const counts = linesOfSamples(jobs.samples()).filter((line) => !line.endsWith(' 0'));
    return { counts, open: [...openOnes(jobs)].sort(), actions };
  }

  it('give the same counts', () => {
    const shuffled = fc.array(life, { minLength: 1, maxLength: 6 }).chain((lives) => {
      const events = lives.flatMap(eventsOf);
      const order = fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 });
      return fc.record({ events: fc.constant(events), order });
    });
    fc.assert(
      fc.property(shuffled, ({ events, order }) => {
        expect(resultOf(order)).toEqual(resultOf(events));
      }),
    );
  });
});

describe('over a restart', () => {
  it('no job counts twice, and open ones are there at once', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'state.db');
    const clock = new FakeClock();
    const events = [queuedJob(), runningJob(), endedJob()];
    const counts: (readonly string[])[] = [];
    const opened: (readonly string[])[] = [];
    for (const event of events) {
      using database = openDatabase(path);
      const { jobs } = jobHouse({ clock, store: createJobStore(database) });
      opened.push(openOnes(jobs));
      for (const replayed of events.slice(0, events.indexOf(event) + 1)) jobs.note([replayed]);
      counts.push(counted(jobs));
    }
    expect(opened).toEqual([[], ['1 queued'], ['1 in_progress']]);
    expect(counts).toEqual([[], wait, ran('success')]);
    using database = openDatabase(path);
    const { jobs, told } = jobHouse({ clock, store: createJobStore(database) });
    jobs.note(events);
    expect([openOnes(jobs), counted(jobs), told]).toEqual([[], [], []]);
  });

  it('those of a repository that is watched no more go', () => {
    using database = openDatabase(':memory:');
    const store = createJobStore(database);
    jobHouse({ store }).jobs.note([queuedJob()]);
    const { jobs } = jobHouse({ store, githubScopes: [{ kind: 'repository', name: 'octo/other' }] });
    expect(openOnes(jobs)).toEqual([]);
    jobs.note([]);
    expect(store.load()).toEqual([]);
  });

  it('only what changed is written', () => {
    const written: (readonly number[])[] = [];
    const store = {
      ...forgetful,
      save: (changed: readonly { job: WorkflowJob }[]) => void written.push(changed.map(({ job }) => job.id)),
    };
    const { jobs } = jobHouse({ store });
    jobs.note([queuedJob(), queuedJob({ id: 2 })]);
    jobs.note([queuedJob(), queuedJob({ id: 2 })]);
    jobs.note([queuedJob(), runningJob({ id: 2 })]);
    expect(written).toEqual([[1, 2], [2]]);
  });

  it('what the disk refused is written with the next news', () => {
    const written: number[] = [];
    let isFull = true;
    const store = {
      ...forgetful,
      save(changed: readonly { job: WorkflowJob }[]) {
        if (isFull) throw new Error('disk full');
        written.push(...changed.map(({ job }) => job.id));
      },
    };
    const { jobs } = jobHouse({ store });
    expect(() => jobs.note([queuedJob()])).toThrow('disk full');
    expect(openOnes(jobs)).toEqual(['1 queued']);
    isFull = false;
    jobs.note([queuedJob({ id: 2 })]);
    expect(written).toEqual([1, 2]);
  });
});

describe('jobs that are over', () => {
  it.each([
    ['queued', queuedJob(), 25 * hour],
    ['in progress', runningJob(), 121 * hour + 30 * second],
    ['waiting', queuedJob({ status: 'waiting' }), 35 * 24 * hour],
  ])('go, where they were %s', async (_, job, limit) => {
    using database = openDatabase(':memory:');
    const store = createJobStore(database);
    const { jobs, clock } = jobHouse({ store });
    jobs.note([job]);
    await clock.advance(limit);
    expect(openOnes(jobs)).toHaveLength(1);
    await clock.advance(1);
    expect(openOnes(jobs)).toEqual([]);
    jobs.note([]);
    expect([store.load(), jobs.series()]).toEqual([[], []]);
    jobs.note([job]);
    expect(openOnes(jobs)).toEqual([]);
  });

  it('are forgotten after two days, and do not count again where a run that goes on still lists them', async () => {
    using database = openDatabase(':memory:');
    const store = createJobStore(database);
    const { jobs, clock } = jobHouse({ store });
    jobs.note([endedJob()]);
    const before = counted(jobs);
    await clock.advance(49 * hour);
    jobs.note([]);
    expect(store.load()).toEqual([]);
    jobs.note([endedJob()]);
    expect([counted(jobs), store.load()]).toEqual([before, []]);
  });
});

describe('a job that GitHub does not list any more', () => {
  it('is not shown, and comes back with the next word of it', () => {
    const { jobs } = jobHouse();
    jobs.note([queuedJob()]);
    jobs.lose([1, 2]);
    expect(openOnes(jobs)).toEqual([]);
    jobs.note([queuedJob()]);
    expect(openOnes(jobs)).toEqual(['1 queued']);
  });

  it('does not come back with an older word', () => {
    const { jobs } = jobHouse();
    jobs.note([runningJob()]);
    jobs.lose([1]);
    jobs.note([queuedJob()]);
    expect(openOnes(jobs)).toEqual([]);
    jobs.note([endedJob()]);
    expect(counted(jobs)).toEqual([...ran('success'), ...wait]);
  });
});

describe('bounds', () => {
  const many = Array.from({ length: 300 }, (_, index) => {
    const startedAt = noon + index * second;
    return endedJob({ id: index + 1, startedAt, completedAt: startedAt + second });
  });

  it('let the oldest ends go first, and count none of them again', () => {
    using database = openDatabase(':memory:');
    const store = createJobStore(database);
    const { jobs } = jobHouse({ store, maxJobs: 100 });
    jobs.note([queuedJob({ id: 1000 }), ...many]);
    jobs.note(many);
    expect(counted(jobs)).toContain(`github_job_wait_seconds_count{${labels}} 300`);
    expect([openOnes(jobs), store.load().length]).toEqual([['1000 queued'], 95]);
    const again = jobHouse({ store, maxJobs: 100 }).jobs;
    again.note(many);
    expect(counted(again)).toEqual([]);
  });

  it('keep 50 sets of labels of a repository apart, and free their names', async () => {
    const { jobs, clock } = jobHouse();
    const odd = Array.from({ length: 60 }, (_, index) => queuedJob({ id: index + 1, labels: [`run-${index}`] }));
    jobs.note(odd);
    expect(jobs.series().filter(({ labels: set }) => set !== 'other')).toHaveLength(50);
    expect(jobs.open().filter(({ series }) => series.labels === 'other')).toHaveLength(10);
    await clock.advance(26 * hour);
    jobs.note([queuedJob({ id: 100, labels: ['new'], createdAt: clock.now() })]);
    expect(jobs.series()).toEqual([{ repository: 'octo/homelab', labels: 'new' }]);
  });

  it('keep 250 repositories apart', () => {
    const { jobs } = jobHouse({ githubScopes: [{ kind: 'organization', name: 'octo' }] });
    jobs.note(Array.from({ length: 260 }, (_, id) => queuedJob({ id, repository: `octo/r${id}` })));
    expect(new Set(jobs.series().map(({ repository }) => repository)).size).toBe(251);
    expect(jobs.series()).toContainEqual({ repository: 'other', labels: 'other' });
  });
});
