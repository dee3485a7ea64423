import { describe, expect, it } from 'vitest';
import { PartialCollection } from '../../src/collectors/collector.ts';
import { containerHealth } from '../../src/collectors/container-health.ts';
import { createContainerHistory } from '../../src/collectors/container-history.ts';
import { createTombstones } from '../../src/collectors/tombstones.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { ContainerDetails } from '../../src/model/container.ts';
import type { DockerSource } from '../../src/sources/docker/docker-source.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { containerDetails, fakeDocker } from '../support/fake-docker.ts';
import { linesOfSamples } from '../support/host.ts';

const { signal } = new AbortController();

function createHarness() {
  const clock = new FakeClock();
  const tombstones = createTombstones<{ runner: string | undefined; name: string }>(clock);
  const history = createContainerHistory({ load: () => [], save: () => undefined });
  return {
    clock,
    async collect(docker: DockerSource, config: object = {}) {
      const deps = { docker, clock, log: silentLog, tombstones, history };
      return linesOfSamples(await containerHealth.collect(deps, containerHealth.config.parse(config), signal));
    },
  };
}

function state(over: Partial<ContainerDetails['state']>): ContainerDetails['state'] {
  return { ...containerDetails().state, ...over };
}

function runner(over: Partial<ContainerDetails> = {}): ContainerDetails {
  const health = { status: 'healthy', failingStreak: 0, lastOutput: 'listener=1 worker=0 disk=7\nfine' } as const;
  return containerDetails({ name: 'runner-1', runner: 'builder-1', health, ...over });
}

describe('the health of containers', () => {
  it('is one 0/1 per state and health', async () => {
    const details = containerDetails({
      name: 'db',
      state: state({ status: 'exited', running: false, exitCode: 137, oomKilled: true }),
    });
    expect(await createHarness().collect(fakeDocker([{ details }]))).toEqual([
      'container_oom_events_total{id="/docker/id-db",image="busybox:stable",name="db"} 0',
      'runnerwatch_container_exit_code{name="db"} 137',
      'runnerwatch_container_health_failing_streak{name="db"} 0',
      'runnerwatch_container_health{health="healthy",name="db"} 0',
      'runnerwatch_container_health{health="none",name="db"} 1',
      'runnerwatch_container_health{health="starting",name="db"} 0',
      'runnerwatch_container_health{health="unhealthy",name="db"} 0',
      'runnerwatch_container_info{id="/docker/id-db",image="busybox:stable",image_id="sha256:1",name="db"} 1',
      'runnerwatch_container_oom_killed{name="db"} 1',
      'runnerwatch_container_restarts_total{name="db"} 0',
      'runnerwatch_container_state{name="db",state="created"} 0',
      'runnerwatch_container_state{name="db",state="dead"} 0',
      'runnerwatch_container_state{name="db",state="exited"} 1',
      'runnerwatch_container_state{name="db",state="paused"} 0',
      'runnerwatch_container_state{name="db",state="removing"} 0',
      'runnerwatch_container_state{name="db",state="restarting"} 0',
      'runnerwatch_container_state{name="db",state="running"} 0',
    ]);
  });

  it('is told once more by the runner, with the facts of its own check', async () => {
    const lines = await createHarness().collect(fakeDocker([{ details: runner() }]));
    expect(lines.filter((line) => line.includes('builder-1') && !line.includes('_state'))).toEqual([
      'runnerwatch_runner_container_exit_code{name="runner-1",runner="builder-1"} 0',
      'runnerwatch_runner_container_health{health="healthy",name="runner-1",runner="builder-1"} 1',
      'runnerwatch_runner_container_health{health="none",name="runner-1",runner="builder-1"} 0',
      'runnerwatch_runner_container_health{health="starting",name="runner-1",runner="builder-1"} 0',
      'runnerwatch_runner_container_health{health="unhealthy",name="runner-1",runner="builder-1"} 0',
      'runnerwatch_runner_container_info{id="id-runner-1",name="runner-1",runner="builder-1"} 1',
      'runnerwatch_runner_fact{fact="listener",name="runner-1",runner="builder-1"} 1',
      'runnerwatch_runner_fact{fact="worker",name="runner-1",runner="builder-1"} 0',
    ]);
  });

  it.each([
    ['nothing', '', []],
    ['one fact', 'worker=1', ['worker 1']],
    ['a value that is neither 0 nor 1', 'listener=yes worker=10', []],
    ['the last word of a later line', 'checked\nlistener=0', ['listener 0']],
    ['a name that only ends so', 'not_a_worker=1 xworker=1', []],
    ['a time-out of Docker', 'Health check exceeded timeout (5s)', []],
  ])('takes from a check that prints %s what it says, and nothing else', async (_, lastOutput, facts) => {
    const details = runner({ health: { status: 'unhealthy', failingStreak: 2, lastOutput } });
    const lines = await createHarness().collect(fakeDocker([{ details }]));
    const found = lines.flatMap(
      (line) => /^runnerwatch_runner_fact\{fact="(\w+)".*\} (\d)$/.exec(line)?.slice(1, 3).join(' ') ?? [],
    );
    expect(found).toEqual(facts);
  });

  it('tells all that the shipped health check says of a runner', async () => {
    const lastOutput =
      'state=degraded listener=0 worker=0 session=gone session_age_seconds=90 exit_code=0 reason=registration-gone ' +
      'github_token=1 disk_free_bytes=1073741824 disk_free_inodes=99 egress=0 clock_skew_seconds=-3 agent_id=12\n';
    const details = runner({ health: { status: 'healthy', failingStreak: 0, lastOutput } });
    const lines = await createHarness().collect(fakeDocker([{ details }]));
    const told = lines.filter((line) => /^runnerwatch_runner_(?!container)/.test(line) && !line.endsWith('} 0'));
    expect(told.map((line) => line.replace('name="runner-1",runner="builder-1"', '…'))).toEqual([
      'runnerwatch_runner_agent_id{…} 12',
      'runnerwatch_runner_check_state{…,state="degraded"} 1',
      'runnerwatch_runner_clock_skew_seconds{…} -3',
      'runnerwatch_runner_disk_free_bytes{…} 1073741824',
      'runnerwatch_runner_disk_free_inodes{…} 99',
      'runnerwatch_runner_down_reason{name="runner-1",reason="registration-gone",runner="builder-1"} 1',
      'runnerwatch_runner_fact{fact="github_token",…} 1',
      'runnerwatch_runner_session_age_seconds{…} 90',
      'runnerwatch_runner_session{…,session="gone"} 1',
    ]);
    expect(lines).toContain('runnerwatch_runner_fact{fact="egress",name="runner-1",runner="builder-1"} 0');
  });

  it('believes no word and no number that the check cannot say', async () => {
    const lastOutput =
      'state=great session=0 reason=ended; exit_code=0x7 disk_free_bytes=1e99 clock_skew_seconds=- agent_id=0x1';
    const details = runner({ health: { status: 'healthy', failingStreak: 0, lastOutput } });
    const lines = await createHarness().collect(fakeDocker([{ details }]));
    expect(lines.filter((line) => /^runnerwatch_runner_(?!container)/.test(line))).toEqual([]);
  });

  it('takes no facts from the last check of a container that has stopped', async () => {
    const details = runner({ state: state({ status: 'exited', running: false, exitCode: 1 }) });
    const lines = await createHarness().collect(fakeDocker([{ details }]));
    expect(lines.filter((line) => line.startsWith('runnerwatch_runner_fact'))).toEqual([]);
  });

  it('leaves out a container that vanished between the list and now', async () => {
    expect(await createHarness().collect(fakeDocker([{ details: runner(), vanished: true }]))).toEqual([]);
  });

  it('keeps the others where one cannot be asked, and fails all the same', async () => {
    const failing = { details: containerDetails({ name: 'bad' }), failure: new Error('no answer') };
    const error = await createHarness()
      .collect(fakeDocker([failing, { details: runner() }]))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PartialCollection);
    expect((error as PartialCollection).message).toBe('1 of 2 containers: bad: no answer');
    expect(linesOfSamples((error as PartialCollection).samples)).toContain(
      'runnerwatch_container_state{name="runner-1",state="running"} 1',
    );
  });

  it('is refused beyond the limit, by the name of its key', async () => {
    const many = ['a', 'b'].map((name) => ({ details: containerDetails({ name }) }));
    await expect(createHarness().collect(fakeDocker(many), { limit: 1 })).rejects.toThrow(
      'there are 2 containers, more than collectors.container-health.limit (1)',
    );
  });
});

describe('a container that was removed', () => {
  const running = 'runnerwatch_runner_container_state{name="runner-1",runner="builder-1",state="running"}';

  it('has every state at 0 for a while, and is then forgotten', async () => {
    const { clock, collect } = createHarness();
    await collect(fakeDocker([{ details: runner() }]));
    await clock.advance(15_000);
    const gone = await collect(fakeDocker([]));
    expect(gone).toHaveLength(14);
    expect(gone).toContain('runnerwatch_container_state{name="runner-1",state="running"} 0');
    expect(gone).toContain(`${running} 0`);
    await clock.advance(600_000 - 15_000);
    expect(await collect(fakeDocker([]))).toContain(`${running} 0`);
    await clock.advance(1);
    expect(await collect(fakeDocker([]))).toEqual([]);
  });

  it('is replaced at once by a new one of its name, of another runner too', async () => {
    const { collect } = createHarness();
    await collect(fakeDocker([{ details: runner() }]));
    await collect(fakeDocker([]));
    const lines = await collect(fakeDocker([{ details: runner({ id: 'new', runner: 'builder-2' }) }]));
    expect(lines.filter((line) => line.includes('builder-1'))).toEqual([]);
  });

  it('is not taken for removed where it only could not be asked', async () => {
    const { collect } = createHarness();
    await collect(fakeDocker([{ details: runner() }]));
    const error = await collect(fakeDocker([{ details: runner(), failure: new Error('slow') }])).catch(
      (reason: unknown) => reason,
    );
    expect((error as PartialCollection).samples).toEqual([]);
  });

  it('is no different where no runner lived in it', async () => {
    const { collect } = createHarness();
    await collect(fakeDocker([{ details: containerDetails({ name: 'db' }) }]));
    const gone = await collect(fakeDocker([]));
    expect(gone).toHaveLength(7);
    expect(gone).toContain('runnerwatch_container_state{name="db",state="running"} 0');
  });

  it('does not fill the memory where runners come and go', () => {
    const tombstones = createTombstones<number>(new FakeClock(), 3);
    for (let index = 0; index < 10; index++) tombstones.update(new Map([[`runner-${index}`, index]]), 1000);
    expect(tombstones.update(new Map(), 1000)).toEqual([7, 8, 9]);
  });
});
