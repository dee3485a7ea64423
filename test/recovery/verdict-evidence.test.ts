import { describe, expect, it } from 'vitest';
import { gauge, type Sample, sample } from '../../src/model/sample.ts';
import { evidenceFrom } from '../../src/recovery/evidence.ts';
import { both, noon, viewsOf } from '../support/runner-evidence.ts';

const dockerOff = viewsOf('off', 'answering');

/** What is known, without what is not. */
function told(samples: readonly Sample[], views = dockerOff) {
  return evidenceFrom(samples, views).map((evidence) =>
    Object.fromEntries(Object.entries(evidence).filter(([, value]) => value !== undefined)),
  );
}

const of = (name: string, ...labels: readonly string[]) => gauge(name, 'Help.', labels);
const here = { runner: 'a', scope: 'o/r' };
const there = { runner: 'a', scope: 'acme' };
const listed = { runner: 'a', registered: true, scopes: ['o/r'] };
const ofGithub = (name: string, value: number, labels = here) =>
  sample(of(`github_runner_${name}`, 'runner', 'scope'), labels, value);
const ofScope = (name: string, scope: string, value: number) => sample(of(`github_${name}`, 'scope'), { scope }, value);

describe('a container', () => {
  const labels = { runner: 'a', name: 'c1' };
  const ofRunner = (name: string, value: number, more: Readonly<Record<string, string>> = {}) =>
    sample(of(`runnerwatch_runner_${name}`, 'runner', 'name', ...Object.keys(more)), { ...labels, ...more }, value);
  const info = ofRunner('container_info', 1, { id: '/docker/1' });
  const running = ofRunner('container_state', 1, { state: 'running' });
  const container = {
    ...{
      runner: 'a',
      hosted: true,
      containers: 1,
      container: 'c1',
      containerId: '1',
      removed: false,
      maintenance: false,
      scopes: [],
    },
    containerState: 'running',
  };

  it('is joined with GitHub by the name of the runner', () => {
    const samples = [
      sample(of('node_load1'), {}, 3),
      ofGithub('online', 0, { runner: 'b', scope: 'o/r' }),
      info,
      running,
      ofRunner('container_state', 0, { state: 'exited' }),
      ofRunner('fact', 1, { fact: 'worker' }),
      ofRunner('fact', 1, { fact: 'moon' }),
      ofGithub('online', 1),
    ];
    expect(told(samples)).toEqual([
      { ...container, ...listed, checkTells: true, worker: true, github: 'online' },
      { ...listed, runner: 'b', github: 'offline' },
    ]);
  });

  it('tells by its health check how the runner is', () => {
    const samples = [
      info,
      running,
      ofRunner('container_health', 0, { health: 'healthy' }),
      ofRunner('container_health', 1, { health: 'unhealthy' }),
      ofRunner('container_exit_code', 0),
      ofRunner('fact', 0, { fact: 'listener' }),
      ofRunner('fact', 0, { fact: 'egress' }),
      ofRunner('check_state', 0, { state: 'healthy' }),
      ofRunner('check_state', 1, { state: 'unhealthy' }),
      ofRunner('session', 0, { session: 'good' }),
      ofRunner('session', 1, { session: 'conflict' }),
      ofRunner('down_reason', 1, { reason: 'session-conflict' }),
      ofRunner('disk_free_bytes', 5e9),
      ofRunner('disk_free_inodes', 5e6),
      ofRunner('clock_skew_seconds', -3),
      ofRunner('maintenance', 1),
      ofRunner('check_timestamp_seconds', 1000.5),
    ];
    expect(told(samples)).toEqual([
      {
        ...{
          ...container,
          containerHealth: 'unhealthy',
          exitCode: 0,
          checkTells: true,
          checkState: 'unhealthy',
          listener: false,
          egress: false,
        },
        ...{ session: 'conflict', downReason: 'session-conflict', diskFreeBytes: 5e9, diskFreeInodes: 5e6 },
        ...{ clockSkewSeconds: -3, maintenance: true, checkAt: 1_000_500 },
      },
    ]);
  });

  it('whose health check tells no facts is known to tell none', () => {
    expect(told([info, running, ofRunner('container_health', 1, { health: 'none' })])).toEqual([
      { ...container, containerHealth: 'none', checkTells: false },
    ]);
  });

  it('is told of by its name, and so is its host', () => {
    const cpu = of('container_cpu_usage_seconds_total', 'id', 'name', 'image', 'cpu');
    const hop = of('runnerwatch_path_broken_at', 'hop');
    const samples = [
      sample(of('runnerwatch_container_oom_killed', 'name'), { name: 'c1' }, 1),
      sample(of('runnerwatch_container_restarts_total', 'name'), { name: 'c1' }, 7),
      sample(of('runnerwatch_container_restarts_total', 'name'), { name: 'other' }, 9),
      sample(cpu, { id: '1', name: 'c1', image: 'i', cpu: 'cpu00' }, 2),
      sample(cpu, { id: '1', name: 'c1', image: 'i', cpu: 'cpu01' }, 3),
      sample(of('node_memory_MemAvailable_bytes'), {}, 1e9),
      sample(hop, { hop: 'gateway' }, 0),
      sample(hop, { hop: 'wan' }, 1),
      info,
      running,
    ];
    const host = { oomKilled: true, restarts: 7, cpuSeconds: 5, brokenAt: 'wan' };
    expect(told(samples)).toEqual([{ ...container, ...host }]);
    // Memory is read only when somebody scrapes: it needs an age.
    const hostAt = noon;
    expect(told(samples, { ...dockerOff, hostAt })).toEqual([{ ...container, ...host, hostMemoryBytes: 1e9, hostAt }]);
  });

  it('is counted where there are several, and one that works is enough', () => {
    const other = { runner: 'a', name: 'c2' };
    const samples = [
      info,
      ofRunner('fact', 1, { fact: 'worker' }),
      sample(of('runnerwatch_runner_container_info', 'runner', 'name'), other, 1),
      sample(of('runnerwatch_runner_fact', 'runner', 'name', 'fact'), { ...other, fact: 'worker' }, 0),
    ];
    expect(told(samples)).toMatchObject([{ runner: 'a', containers: 2, worker: true }]);
  });

  it('that was removed leaves its states behind', () => {
    const states = ['running', 'exited'].map((state) => ofRunner('container_state', 0, { state }));
    expect(told(states, both)).toEqual([{ runner: 'a', hosted: false, removed: true, scopes: [] }]);
  });

  it.each([
    ['answering', false],
    ['failing', undefined],
    ['off', undefined],
  ] as const)('that nobody saw, with Docker %s: hosted is %s', (docker, hosted) => {
    expect(told([ofGithub('online', 0)], viewsOf(docker, 'answering'))).toEqual([
      { ...listed, github: 'offline', ...(hosted !== undefined && { hosted, removed: false }) },
    ]);
  });
});

describe('GitHub', () => {
  it('is known by what it said before it stopped answering, and when', () => {
    const before = [ofGithub('info', 1), ofGithub('status_timestamp_seconds', 1000.5)];
    const word = { ...listed, github: 'unknown', githubAt: 1_000_500 };
    expect(told(before)).toEqual([{ ...word, githubBefore: 'online' }]);
    expect(told([...before, ofGithub('offline_since_timestamp_seconds', 900)])).toEqual([
      { ...word, githubBefore: 'offline', offlineSince: 900_000 },
    ]);
  });

  it('says which version is too old, when jobs stop, and for how many jobs it is', () => {
    const info = of('github_runner_info', 'runner', 'scope', 'ephemeral');
    const samples = [
      ofGithub('online', 1),
      sample(info, { ...here, ephemeral: 'true' }, 1),
      ofGithub('outdated', 1),
      ofGithub('update_deadline_timestamp_seconds', 2000),
      sample(of('github_runner_registrations', 'runner'), { runner: 'a' }, 2),
    ];
    expect(told(samples)).toEqual([
      {
        ...{ ...listed, github: 'online', outdated: true, updateDeadline: 2_000_000 },
        ...{ ephemeral: true, registrations: 2 },
      },
    ]);
  });

  it.each([
    ['one offline, one online', [ofGithub('online', 0), ofGithub('online', 1, there)], 'online'],
    ['one online, one offline', [ofGithub('online', 1, there), ofGithub('online', 0)], 'online'],
    ['one offline, one not said', [ofGithub('online', 0), ofGithub('info', 1, there)], 'unknown'],
  ])('means the better of two runners of one name: %s', (_, samples, status) => {
    expect(told(samples)).toMatchObject([{ runner: 'a', github: status }]);
  });

  const success = (scope: string, value: number) => ofScope('scope_success', scope, value);
  const lastSuccess = (scope: string, at: number) => ofScope('scope_last_success_timestamp_seconds', scope, at);
  const read = [success('o/r', 1), lastSuccess('o/r', 1000)];

  it.each([
    ['was never read', [success('acme', 0)], 0, 'unknown'],
    ['was never read, though it is online here', [success('acme', 0)], 1, 'online'],
    ['was read before, and does not have it', [success('acme', 0), lastSuccess('acme', 900)], 0, 'offline'],
  ])('is asked whether another scope may have the runner: one that %s', (_, samples, value, status) => {
    expect(told([ofGithub('online', value), ...read, ...samples])).toEqual([{ ...listed, github: status }]);
  });

  const info = sample(of('runnerwatch_runner_container_info', 'runner', 'name'), { runner: 'a', name: 'c1' }, 1);

  it.each([
    ['all scopes were read', read, false],
    ['none is watched', [], undefined],
    ['one was not read', [...read, success('acme', 0)], undefined],
    ['one has too many runners', [...read, ofScope('runners_omitted', 'o/r', 3)], undefined],
    ['one shows all its runners', [...read, ofScope('runners_omitted', 'o/r', 0)], false],
  ])('does not list a runner only where it was asked for all: %s', (_, samples, isRegistered) => {
    const [evidence] = evidenceFrom([info, ...samples], both);
    expect(evidence).toMatchObject({ registered: isRegistered, github: undefined, busy: undefined });
  });

  it.each([
    ['one busy, one idle', [ofGithub('busy', 1), ofGithub('busy', 0, there)], true],
    ['both idle', [ofGithub('busy', 0), ofGithub('busy', 0, there)], false],
    ['one idle, one not said', [ofGithub('busy', 0), ofGithub('info', 1, there)], undefined],
    ['one idle, a scope not read', [ofGithub('busy', 0), success('acme', 0)], undefined],
  ])('says busy where any runner of the name is, and idle where none is: %s', (_, samples, isBusy) => {
    expect(evidenceFrom(samples, both).map((evidence) => evidence.busy)).toEqual([isBusy]);
  });
});
