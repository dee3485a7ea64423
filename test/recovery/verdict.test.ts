import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RunnerEvidence, verdicts } from '../../src/model/runner.ts';
import { gauge, sample } from '../../src/model/sample.ts';
import { evidenceFrom } from '../../src/recovery/evidence.ts';
import { judge, type Views, verdictSamples } from '../../src/recovery/verdict.ts';

const nothing: RunnerEvidence = {
  runner: 'r',
  container: undefined,
  containerState: undefined,
  containerHealth: undefined,
  exitCode: undefined,
  listener: undefined,
  worker: undefined,
  github: undefined,
  busy: undefined,
  githubBefore: undefined,
  githubAt: undefined,
  offlineSince: undefined,
  outdated: undefined,
  updateDeadline: undefined,
};
const now = Date.parse('2026-01-01T12:00:00Z');
const minute = 60_000;
const both: Views = { docker: 'answering', github: 'answering' };
const running = { container: 'c', containerState: 'running', containerHealth: 'healthy' };

describe('judge', () => {
  it.each([
    [{ ...running, github: 'online', busy: false }, both, 'healthy'],
    [{ ...running, github: 'online', busy: true }, both, 'busy'],
    [{ ...running, worker: true, github: 'offline' }, both, 'busy'],
    [{ ...running, containerHealth: 'starting', github: 'offline' }, both, 'starting'],
    [{ ...running, containerHealth: 'unhealthy', github: 'online' }, both, 'unhealthy'],
    [{ ...running, github: 'offline' }, both, 'zombie'],
    [{ ...running }, { docker: 'answering', github: 'failing' }, 'unknown'],
    [{ ...running, github: 'unknown' }, both, 'unknown'],
    [{ ...running }, { docker: 'answering', github: 'off' }, 'healthy'],
    [{ container: 'c', containerState: 'exited', exitCode: 0 }, both, 'stopped'],
    [{ container: 'c', containerState: 'exited', exitCode: 143 }, both, 'stopped'],
    [{ container: 'c', containerState: 'exited', exitCode: 137 }, both, 'crashed'],
    [{ container: 'c', containerState: 'dead', exitCode: 1 }, both, 'crashed'],
    [{ container: 'c', containerState: 'restarting', exitCode: 1 }, both, 'crashed'],
    [{ container: 'c', containerState: 'paused' }, both, 'stopped'],
    [{ container: 'c' }, both, 'unknown'],
    [{ github: 'offline' }, both, 'ghost'],
    [{ github: 'offline' }, { docker: 'failing', github: 'answering' }, 'unknown'],
    [{ github: 'offline' }, { docker: 'off', github: 'answering' }, 'unknown'],
    [{ github: 'online', busy: false }, both, 'healthy'],
    [
      { github: 'unknown', githubBefore: 'offline', githubAt: 0 },
      { docker: 'answering', github: 'failing' },
      'unknown',
    ],
    [{ container: 'c', containerState: 'exited', exitCode: 137, github: 'unknown' }, both, 'crashed'],
    [{}, both, 'unknown'],
  ] as const)('%j seen by %j is %s', (evidence, views, verdict) => {
    const state = judge({ ...nothing, ...evidence }, views, now);
    expect(state.verdict).toBe(verdict);
    expect(state.because).not.toBe('');
  });

  it.each([
    [
      running,
      'online',
      12 * minute,
      'its container runs, but GitHub does not say how it is; 12 minutes ago it was online',
    ],
    [
      running,
      'offline',
      90_000,
      'its container runs, but GitHub does not say how it is; 90 seconds ago it was offline',
    ],
    [{}, 'offline', 50 * 60 * minute, 'GitHub does not say how it is; 2 days ago it was offline'],
    [{}, 'online', 1000, 'GitHub does not say how it is; 1 second ago it was online'],
    // A clock that was set back.
    [{}, 'online', -5000, 'GitHub does not say how it is; 0 seconds ago it was online'],
  ] as const)('says of %j what GitHub said last: %s, %i ms ago', (container, githubBefore, age, because) => {
    const evidence = { ...nothing, ...container, github: 'unknown', githubBefore, githubAt: now - age } as const;
    expect(judge(evidence, { docker: 'answering', github: 'failing' }, now)).toMatchObject({
      verdict: 'unknown',
      because,
    });
  });

  it.each([
    [{}, ''],
    [{ github: 'online' }, 'online'],
    [{ github: 'online', busy: true }, 'online, busy'],
    [{ github: 'online', busy: false, outdated: false }, 'online'],
    [{ github: 'offline', offlineSince: now - 180 * minute }, 'offline for 3 h'],
    [{ github: 'offline' }, 'offline'],
    [{ github: 'unknown' }, 'unknown'],
    [{ github: 'unknown', githubBefore: 'online', githubAt: now - 12 * minute }, 'unknown, online 12 min ago'],
    [{ github: 'online', outdated: true }, 'online, outdated'],
    [{ github: 'online', outdated: true, updateDeadline: now }, 'online, outdated, no jobs from 2026-01-01'],
  ] as const)('tells %j in a few words: %s', (evidence, words) => {
    expect(judge({ ...nothing, ...evidence }, both, now).githubSays).toBe(words);
  });

  it('never says offline, crashed or ghost where nobody answers', () => {
    const view = fc.constantFrom('off', 'failing');
    const evidence = fc.record({ listener: fc.boolean(), container: fc.constantFrom('c', undefined) });
    fc.assert(
      fc.property(evidence, view, view, (partial, docker, github) => {
        const { verdict } = judge({ ...nothing, ...partial }, { docker, github } as Views, now);
        expect(verdict).toBe('unknown');
      }),
    );
  });
});

describe('evidenceFrom', () => {
  const info = gauge('runnerwatch_runner_container_info', 'Help.', ['runner', 'name', 'id']);
  const state = gauge('runnerwatch_runner_container_state', 'Help.', ['runner', 'name', 'state']);
  const fact = gauge('runnerwatch_runner_fact', 'Help.', ['runner', 'name', 'fact']);
  const online = gauge('github_runner_online', 'Help.', ['runner', 'scope']);
  const other = gauge('node_load1', 'Help.');

  it('joins by the name of the runner', () => {
    const samples = [
      sample(other, {}, 3),
      sample(online, { runner: 'b', scope: 'o/r' }, 0),
      sample(info, { runner: 'a', name: 'c1', id: '/docker/1' }, 1),
      sample(state, { runner: 'a', name: 'c1', state: 'running' }, 1),
      sample(state, { runner: 'a', name: 'c1', state: 'exited' }, 0),
      sample(fact, { runner: 'a', name: 'c1', fact: 'worker' }, 1),
      sample(fact, { runner: 'a', name: 'c1', fact: 'moon' }, 1),
      sample(online, { runner: 'a', scope: 'o/r' }, 1),
    ];
    expect(evidenceFrom(samples)).toEqual([
      { ...nothing, runner: 'a', container: 'c1', containerState: 'running', worker: true, github: 'online' },
      { ...nothing, runner: 'b', github: 'offline' },
    ]);
  });

  const github = (name: string) => gauge(name, 'Help.', ['runner', 'scope']);
  const known = github('github_runner_info');
  const busy = github('github_runner_busy');
  const said = github('github_runner_status_timestamp_seconds');
  const offlineSince = github('github_runner_offline_since_timestamp_seconds');
  const here = { runner: 'a', scope: 'o/r' };
  const there = { runner: 'a', scope: 'acme' };

  it('knows what GitHub said before it stopped answering, and when', () => {
    const online = [sample(known, here, 1), sample(said, here, 1000.5)];
    expect(evidenceFrom(online)).toEqual([
      { ...nothing, runner: 'a', github: 'unknown', githubBefore: 'online', githubAt: 1_000_500 },
    ]);
    expect(evidenceFrom([...online, sample(offlineSince, here, 900)])).toEqual([
      {
        ...{ ...nothing, runner: 'a', github: 'unknown', githubBefore: 'offline' },
        ...{ githubAt: 1_000_500, offlineSince: 900_000 },
      },
    ]);
  });

  it('knows which version is too old, and when jobs stop', () => {
    const samples = [
      sample(online, here, 1),
      sample(github('github_runner_outdated'), here, 1),
      sample(github('github_runner_update_deadline_timestamp_seconds'), here, 2000),
    ];
    expect(evidenceFrom(samples)).toEqual([
      { ...nothing, runner: 'a', github: 'online', outdated: true, updateDeadline: 2_000_000 },
    ]);
  });

  it.each([
    [
      'one offline, one online',
      [sample(online, here, 0), sample(offlineSince, here, 9), sample(online, there, 1)],
      'online',
    ],
    [
      'one online, one offline',
      [sample(online, there, 1), sample(online, here, 0), sample(offlineSince, here, 9)],
      'online',
    ],
    [
      'one offline, one not said',
      [sample(online, here, 0), sample(offlineSince, here, 9), sample(known, there, 1)],
      'unknown',
    ],
  ])('means the better of two runners of one name: %s', (_, samples, status) => {
    expect(evidenceFrom(samples)).toEqual([{ ...nothing, runner: 'a', github: status }]);
  });

  const ofScope = (name: string) => gauge(name, 'Help.', ['scope']);
  const scopeSuccess = ofScope('github_scope_success');
  const scopeLastSuccess = ofScope('github_scope_last_success_timestamp_seconds');

  it.each([
    ['was never read', [sample(scopeSuccess, { scope: 'acme' }, 0)], 0, 'unknown'],
    ['was never read, though it is online here', [sample(scopeSuccess, { scope: 'acme' }, 0)], 1, 'online'],
    [
      'was read before, and does not have it',
      [sample(scopeSuccess, { scope: 'acme' }, 0), sample(scopeLastSuccess, { scope: 'acme' }, 900)],
      0,
      'offline',
    ],
  ])('asks whether another scope may have the runner: one that %s', (_, samples, value, status) => {
    const here = { scope: 'o/r' };
    const read = [sample(scopeSuccess, here, 1), sample(scopeLastSuccess, here, 1000)];
    const runner = sample(online, { runner: 'a', ...here }, value);
    expect(evidenceFrom([runner, ...read, ...samples])).toEqual([{ ...nothing, runner: 'a', github: status }]);
  });

  it('makes up no word of GitHub for a runner that no scope lists', () => {
    const samples = [
      sample(info, { runner: 'a', name: 'c1', id: '/docker/1' }, 1),
      sample(scopeSuccess, { scope: 'acme' }, 0),
    ];
    expect(evidenceFrom(samples)).toEqual([{ ...nothing, runner: 'a', container: 'c1' }]);
  });

  it('says busy where any runner of the name is', () => {
    const samples = [sample(busy, here, 1), sample(busy, there, 0)];
    expect(evidenceFrom(samples).map((evidence) => evidence.busy)).toEqual([true]);
  });
});

it('gives each verdict a series, and 1 to the one that holds', () => {
  const samples = verdictSamples([judge({ ...nothing, ...running, github: 'online' }, both, now)]);
  expect(samples).toHaveLength(verdicts.length);
  expect(samples.filter(({ value }) => value === 1).map(({ labels }) => labels.verdict)).toEqual(['healthy']);
});
