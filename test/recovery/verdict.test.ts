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
};
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
    [{}, both, 'unknown'],
  ] as const)('%j seen by %j is %s', (evidence, views, verdict) => {
    const state = judge({ ...nothing, ...evidence }, views);
    expect(state.verdict).toBe(verdict);
    expect(state.because).not.toBe('');
  });

  it('never says offline, crashed or ghost where nobody answers', () => {
    const view = fc.constantFrom('off', 'failing');
    const evidence = fc.record({ listener: fc.boolean(), container: fc.constantFrom('c', undefined) });
    fc.assert(
      fc.property(evidence, view, view, (partial, docker, github) => {
        const { verdict } = judge({ ...nothing, ...partial }, { docker, github } as Views);
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
});

it('gives each verdict a series, and 1 to the one that holds', () => {
  const samples = verdictSamples([judge({ ...nothing, ...running, github: 'online' }, both)]);
  expect(samples).toHaveLength(verdicts.length);
  expect(samples.filter(({ value }) => value === 1).map(({ labels }) => labels.verdict)).toEqual(['healthy']);
});
