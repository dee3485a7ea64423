import { describe, expect, it } from 'vitest';
import { createQueuePolls } from '../../src/collectors/github/queue-polls.ts';
import { githubQueue } from '../../src/collectors/github-queue.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createGithubSource } from '../../src/sources/github/create.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { createGithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { jobHouse, second } from '../support/github-jobs.ts';
import { linesOfSamples } from '../support/host.ts';

const { signal } = new AbortController();
const config = githubQueue.config.parse({});
const repository = 'octo/homelab';

/** The real source and collector against an emulated GitHub. */
async function realHouse() {
  const clock = new FakeClock();
  const emulator = await createGithubEmulator({ clock });
  const house = jobHouse({ clock });
  const github = createGithubSource({
    ...{ apiUrl: 'https://api.github.com', token: async () => TEST_TOKEN, http: emulator.http },
    ...{ clock, log: silentLog, userAgent: 'test' },
  });
  const deps = { ...house, github, queuePolls: createQueuePolls(), log: silentLog };
  return {
    ...{ clock, emulator, told: house.told },
    /** Reads runners and queue as the collectors do, thirty seconds after the last time. */
    async poll(): Promise<readonly string[]> {
      await clock.advance(30 * second);
      const runners = await github.listRunners({ kind: 'repository', name: repository }, signal);
      house.runnerMemory.observe(repository, runners, clock.now());
      const lines = linesOfSamples(await githubQueue.collect(deps, config, signal));
      return lines.filter((line) => !/_bucket|_timestamp_/.test(line) && !line.endsWith(' 0'));
    },
    [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
  };
}

describe('the queue of an emulated GitHub', () => {
  it('costs nothing of the limit while nothing happens', async () => {
    await using house = await realHouse();
    house.emulator.addRun({ repository, jobs: [{ labels: ['self-hosted'] }] });
    await house.poll();
    await house.poll();
    const before = { requests: house.emulator.requests().length, charged: house.emulator.charged() };
    await house.poll();
    const paths = house.emulator.requests().slice(before.requests);
    expect(house.emulator.charged()).toBe(before.charged);
    expect(paths.map(({ path, status }) => `${status} ${path.split('?')[0]?.replace(/\d{4,}/, 'N')}`)).toEqual([
      '304 /repos/octo/homelab/actions/runners',
      '304 /repos/octo/homelab/actions/runs',
      '304 /repos/octo/homelab/actions/runs',
      '304 /repos/octo/homelab/actions/runs/N/jobs',
    ]);
  });

  it('names within one poll the label that no runner has, and none once a runner has it', async () => {
    await using house = await realHouse();
    house.emulator.addRunner({ scope: repository, name: 'ci-1', labels: ['self-hosted', 'Linux'], status: 'online' });
    await house.poll();
    house.emulator.addRun({ repository, jobs: [{ labels: ['self-hosted', 'gpu'] }, { labels: ['ubuntu-latest'] }] });
    const common = 'labels="gpu,self-hosted"';
    expect(await house.poll()).toEqual([
      `github_jobs_starved{${common},missing="gpu",repository="octo/homelab"} 1`,
      `github_jobs{${common},repository="octo/homelab",status="queued"} 1`,
      'github_queue_success{repository="octo/homelab"} 1',
    ]);
    house.emulator.addRunner({
      scope: repository,
      name: 'gpu',
      labels: ['GPU', 'self-hosted'],
      status: 'online',
      busy: true,
    });
    expect((await house.poll()).filter((line) => line.startsWith('github_jobs_starved'))).toEqual([]);
  });

  it('follows a job from its run to its end, though no poll lists its end', async () => {
    await using house = await realHouse();
    house.emulator.addRunner({ scope: repository, name: 'ci-1', labels: ['self-hosted'], status: 'online' });
    const run = house.emulator.addRun({
      repository,
      workflow: 'Deploy',
      jobs: [{ name: 'deploy', labels: ['self-hosted'] }],
    });
    const id = run.jobs[0]?.id ?? 0;
    await house.poll();
    house.emulator.startJob(id, 'ci-1');
    const series = 'labels="self-hosted",repository="octo/homelab"';
    expect(await house.poll()).toEqual([
      `github_job_wait_seconds_count{${series}} 1`,
      `github_job_wait_seconds_sum{${series}} 30`,
      `github_jobs{${series},status="in_progress"} 1`,
      'github_queue_success{repository="octo/homelab"} 1',
    ]);
    house.emulator.completeJob(id, 'failure');
    const ended = await house.poll();
    expect(ended).toContain(`github_job_run_seconds_count{conclusion="failure",${series}} 1`);
    expect(ended).toContain(`github_job_run_seconds_sum{conclusion="failure",${series}} 30`);
    expect(
      house.told.map(({ action, labels: { workflow, runner, job_id } }) => [action, workflow, runner, job_id]),
    ).toEqual([
      ['job-started', 'Deploy', 'ci-1', String(id)],
      ['job-ended', 'Deploy', 'ci-1', String(id)],
    ]);
    expect(await house.poll()).toEqual(ended);
  });

  it('counts a job that was cancelled while it waited neither as waiting nor as run', async () => {
    await using house = await realHouse();
    const run = house.emulator.addRun({ repository, jobs: [{ labels: ['self-hosted'] }] });
    await house.poll();
    house.emulator.cancelRun(run.id);
    expect(await house.poll()).toEqual(['github_queue_success{repository="octo/homelab"} 1']);
  });

  it('asks for the jobs of a second attempt, which are others', async () => {
    await using house = await realHouse();
    const run = house.emulator.addRun({ repository, jobs: [{ labels: ['self-hosted'] }] });
    const first = run.jobs[0]?.id ?? 0;
    house.emulator.startJob(first, 'ci-1');
    await house.poll();
    house.emulator.completeJob(first, 'failure');
    house.emulator.rerun(run.id);
    const lines = await house.poll();
    expect(lines).toContain('github_jobs{labels="self-hosted",repository="octo/homelab",status="queued"} 1');
    expect(lines.filter((line) => line.includes('status="in_progress"'))).toEqual([]);
  });
});
