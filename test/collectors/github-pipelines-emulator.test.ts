import { describe, expect, it } from 'vitest';
import { PartialCollection } from '../../src/collectors/collector.ts';
import type { RunLedger } from '../../src/collectors/github/run-ledger.ts';
import { githubPipelines } from '../../src/collectors/github-pipelines.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Sample } from '../../src/model/sample.ts';
import { createGithubSource } from '../../src/sources/github/create.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { createGithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { dayMs, homeassistant, ledgerFor, minuteMs } from '../support/github-runs.ts';
import { linesOfSamples } from '../support/host.ts';
import { whilePassing } from '../support/while-passing.ts';

const { signal } = new AbortController();
const config = githubPipelines.config.parse({ deployments: [homeassistant] });
const { repository } = homeassistant;
const deploy = { repository, workflow: 'Deploy Home Assistant', file: 'deploy-homeassistant.yml' };

function partOf(error: unknown): readonly Sample[] {
  if (error instanceof PartialCollection) return error.samples;
  throw error;
}

/** The real source and collector against an emulated GitHub. */
async function realHouse() {
  const clock = new FakeClock();
  const emulator = await createGithubEmulator({ clock });
  const github = createGithubSource({
    ...{ apiUrl: 'https://api.github.com', token: async () => TEST_TOKEN, http: emulator.http },
    ...{ clock, log: silentLog, userAgent: 'test' },
  });
  let runs: RunLedger | undefined;
  emulator.addRunner({ scope: repository, name: 'ci-1', labels: ['self-hosted'], status: 'online' });

  /** A run that takes so long, from now on. */
  async function run(made: { readonly id: number }, ms: number, conclusion: string): Promise<void> {
    const job = emulator.jobs().findLast(({ runId }) => runId === made.id);
    emulator.startJob(job?.id ?? 0, 'ci-1');
    await clock.advance(ms);
    emulator.completeJob(job?.id ?? 0, conclusion);
  }
  return {
    ...{ clock, emulator, run },
    /** Asks GitHub, a minute later. What ended before the first time is the past. */
    async poll(family: RegExp): Promise<readonly string[]> {
      await clock.advance(minuteMs);
      runs ??= ledgerFor(clock);
      const deps = { clock, github, log: silentLog, runs };
      const samples = await whilePassing(clock, githubPipelines.collect(deps, config, signal)).catch(partOf);
      return linesOfSamples(samples).filter((line) => family.test(line) && !line.includes('_bucket'));
    },
    [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
  };
}

describe('the pipelines of an emulated GitHub', () => {
  it('tell how the Home Assistant deployment goes', async () => {
    await using house = await realHouse();
    await house.run(house.emulator.addRun(deploy), 3 * minuteMs, 'success');
    await house.clock.advance(dayMs);
    await house.poll(/./);
    const broken = house.emulator.addRun(deploy);
    await house.run(broken, 2 * minuteMs, 'failure');
    const failedAt = house.clock.now() / 1000;
    const names = /^github_deployment(s_total|_success|_mean|_failing|_recovery|_duration)/;
    const of = 'deployment="homeassistant"';
    expect(await house.poll(names)).toEqual([
      `github_deployment_duration_seconds_count{${of}} 0`,
      `github_deployment_duration_seconds_sum{${of}} 0`,
      `github_deployment_failing_since_timestamp_seconds{${of}} ${failedAt}`,
      `github_deployment_recovery_seconds_count{${of}} 0`,
      `github_deployment_recovery_seconds_sum{${of}} 0`,
      `github_deployment_success_ratio{${of}} 0.5`,
      `github_deployments_total{${of},outcome="cancelled"} 0`,
      `github_deployments_total{${of},outcome="failure"} 1`,
      `github_deployments_total{${of},outcome="success"} 0`,
    ]);
    // Ran again seven minutes after it had failed, for four minutes.
    await house.clock.advance(6 * minuteMs);
    await house.run(house.emulator.rerun(broken.id), 4 * minuteMs, 'success');
    expect(await house.poll(names)).toEqual([
      `github_deployment_duration_seconds_count{${of}} 1`,
      `github_deployment_duration_seconds_sum{${of}} 240`,
      `github_deployment_mean_recovery_seconds{${of}} 660`,
      `github_deployment_recovery_seconds_count{${of}} 1`,
      `github_deployment_recovery_seconds_sum{${of}} 660`,
      `github_deployment_success_ratio{${of}} ${2 / 3}`,
      `github_deployments_total{${of},outcome="cancelled"} 0`,
      `github_deployments_total{${of},outcome="failure"} 1`,
      `github_deployments_total{${of},outcome="success"} 1`,
    ]);
  });

  it('know the class of the branch, and a pull request from a fork for what it is', async () => {
    await using house = await realHouse();
    await house.poll(/./);
    for (const over of [
      {},
      { branch: 'next' },
      { event: 'pull_request' },
      { event: 'merge_group', branch: 'queue/1' },
    ]) {
      await house.run(house.emulator.addRun({ ...deploy, ...over }), minuteMs, 'success');
    }
    const counted = await house.poll(/^github_(workflow_runs|deployments)_total.* 1$/);
    expect(counted.map((line) => /branch="(\w+)"|outcome="success"/.exec(line)?.[1])).toEqual([
      undefined,
      ...['default', 'merge_queue', 'other', 'pull_request'],
    ]);
  });

  it('cost nothing of the limit while nothing happens, however many ran before', async () => {
    await using house = await realHouse();
    for (let count = 0; count < 150; count++) await house.run(house.emulator.addRun(deploy), 1000, 'success');
    expect(await house.poll(/in_window.*success|runs_total.*success/)).toEqual([
      'github_deployments_in_window{deployment="homeassistant",outcome="success"} 150',
      expect.stringMatching(/^github_workflow_runs_total.* 0$/),
    ]);
    const before = { requests: house.emulator.requests().length, charged: house.emulator.charged() };
    await house.poll(/./);
    const asked = house.emulator.requests().slice(before.requests);
    expect(house.emulator.charged()).toBe(before.charged);
    expect(asked.map(({ path, status }) => `${status} ${path}`)).toEqual([
      expect.stringMatching(/^304 .*\/runs\?status=completed/),
      expect.stringMatching(/^304 .*\/runs\?status=in_progress/),
    ]);
  });

  it('find a run that ended long after it was made', async () => {
    await using house = await realHouse();
    await house.run(house.emulator.addRun(deploy), 1000, 'success');
    const long = house.emulator.addRun(deploy);
    house.emulator.startJob(long.jobs[0]?.id ?? 0, 'ci-1');
    for (let count = 0; count < 120; count++) await house.run(house.emulator.addRun({ repository }), 1000, 'success');
    await house.poll(/./);
    house.emulator.completeJob(long.jobs[0]?.id ?? 0, 'success');
    const success = /^github_deployments_total.*success/;
    expect(await house.poll(success)).toEqual([expect.stringMatching(/ 1$/)]);
    expect(await house.poll(success)).toEqual([expect.stringMatching(/ 1$/)]);
  });

  it('keep what is known through an hour of outage, marked by its age, and then count what was missed', async () => {
    await using house = await realHouse();
    await house.poll(/./);
    const readAt = house.clock.now() / 1000;
    house.emulator.fail({ match: '/actions/runs', status: 502 });
    await house.run(house.emulator.addRun(deploy), 59 * minuteMs, 'success');
    expect(await house.poll(/_pipelines_/)).toEqual([
      `github_pipelines_last_success_timestamp_seconds{repository="octo/homelab"} ${readAt}`,
      'github_pipelines_success{repository="octo/homelab"} 0',
    ]);
    house.emulator.clearFaults();
    await house.clock.advance(10 * minuteMs);
    expect(await house.poll(/^github_deployments_total.*success|pipelines_success/)).toEqual([
      'github_deployments_total{deployment="homeassistant",outcome="success"} 1',
      'github_pipelines_success{repository="octo/homelab"} 1',
    ]);
  });
});
