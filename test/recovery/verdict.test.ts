import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verdicts } from '../../src/model/runner.ts';
import { verdictSamples } from '../../src/recovery/verdict.ts';
import {
  both,
  ended,
  hour,
  lifeless,
  minute,
  noon,
  offline,
  online,
  registered,
  running,
  unlisted,
  viewsOf,
} from '../support/runner-evidence.ts';
import { root } from '../support/tree.ts';
import {
  away,
  type Case,
  dockerFails,
  foreign,
  githubFails,
  githubOff,
  judged,
  silent,
} from '../support/verdict-cases.ts';

const well: readonly Case[] = [
  ['all is well', { ...running, ...online }, both, 'healthy', 'its container runs and GitHub says online'],
  ['it runs elsewhere', { ...away, ...online }, both, 'healthy', 'GitHub says online'],
  ['GitHub is not asked', running, githubOff, 'healthy', 'its container runs; GitHub is not asked'],
];

const missing: readonly Case[] = [
  ['nothing', {}, both, 'unknown', 'neither Docker nor GitHub says how it is'],
  [
    'which container is meant',
    { ...ended(1), ...offline, containers: 2 },
    both,
    'unknown',
    '2 containers here are labelled as this runner, or have its RUNNER_NAME',
  ],
  ['GitHub does not answer', running, githubFails, 'unknown', 'its container runs, but GitHub does not say how it is'],
  [
    'GitHub says a new word',
    { ...running, ...registered, github: 'unknown' },
    both,
    'unknown',
    'its container runs, but GitHub does not say how it is',
  ],
  [
    'Docker does not answer, GitHub offline',
    offline,
    dockerFails,
    'unknown',
    'GitHub says offline, and Docker does not say whether it has a container',
  ],
  [
    'Docker is not there, GitHub offline',
    offline,
    viewsOf('off', 'answering'),
    'unknown',
    'GitHub says offline, and Docker does not say whether it has a container',
  ],
  [
    'the state of its container',
    { hosted: true, container: 'c' },
    both,
    'unknown',
    'Docker did not say the state of its container',
  ],
  [
    'its exit code',
    { ...ended(1), exitCode: undefined },
    both,
    'unknown',
    'its container is exited, and Docker did not say with which code',
  ],
  [
    'whether a job runs, here',
    { ...running, ...offline, worker: undefined },
    both,
    'unknown',
    'its container runs, but GitHub says offline; whether a worker runs in it is not known',
  ],
  [
    'whether a job runs, at GitHub',
    { ...running, session: 'conflict' },
    githubFails,
    'unknown',
    'GitHub says that another session of this runner exists; GitHub does not say whether it works on a job',
  ],
  [
    "whether a job runs, of another's health check",
    { ...foreign, ...silent, containerHealth: 'unhealthy' },
    githubFails,
    'unknown',
    'its health check fails; GitHub does not say whether it works on a job',
  ],
  [
    'the scope that it belongs to',
    { ...running, ...unlisted, listedBefore: false },
    both,
    'unknown',
    'its container runs, but no scope that is watched lists it',
  ],
  [
    'its registration, GitHub silent',
    { ...lifeless, ...silent, session: 'gone' },
    githubFails,
    'unhealthy',
    'its health check fails: no listener, killed',
  ],
];

describe.each([
  ['nothing that speaks against it', well],
  ['what is missing', missing],
])('the verdict by %s', (_, cases) => {
  it.each(cases)('%s', (_name, evidence, views, verdict, because) => {
    expect(judged(evidence, views)).toMatchObject({ verdict, because });
  });
});

describe('the evidence of a verdict', () => {
  it('is what decided, with its source and its age', () => {
    const dockerAt = noon - 10_000;
    const checkAt = noon - 25_000;
    const githubAt = noon - 30_000;
    const offlineSince = noon - hour;
    const { facts } = judged({ ...running, ...offline, dockerAt, checkAt, githubAt, offlineSince });
    const docker = { source: 'docker', at: dockerAt, isOld: false };
    const github = { source: 'github', at: githubAt, isOld: false };
    expect(facts).toEqual([
      { name: 'containerState', value: 'running', ...docker },
      { name: 'containerHealth', value: 'healthy', ...docker, source: 'health-check', at: checkAt },
      { name: 'github', value: 'offline', ...github },
      { name: 'offlineSince', value: offlineSince, ...github },
      { name: 'containers', value: 1, ...docker },
      { name: 'checkState', value: 'healthy', ...docker, source: 'health-check', at: checkAt },
      { name: 'worker', value: false, ...docker, source: 'health-check', at: checkAt },
      { name: 'busy', value: false, ...github },
      { name: 'registered', value: true, ...github },
    ]);
  });

  it('leaves out what is too old, and says so', () => {
    const githubAt = noon - 20 * minute;
    const state = judged({ ...running, ...offline, githubAt });
    expect(state).toMatchObject({
      verdict: 'unknown',
      because: 'its container runs, but GitHub does not say how it is; 20 minutes ago it was offline',
      githubSays: 'unknown, offline 20 min ago',
    });
    expect(state.facts).toContainEqual({
      name: 'github',
      value: 'offline',
      source: 'github',
      at: githubAt,
      isOld: true,
    });
  });

  it.each([
    ['Docker', { dockerAt: noon - hour }, 'unknown'],
    ['its health check', { checkAt: noon - hour, worker: true }, 'unknown'],
    ['its health check, just now', { checkAt: noon - minute, worker: true }, 'busy'],
    ['the host', { hostAt: noon - hour, hostMemoryBytes: 0 }, 'zombie'],
    ['the host, just now', { hostAt: noon - minute, hostMemoryBytes: 0 }, 'starved'],
    ['the way', { pathAt: noon - hour, brokenAt: 'wan' }, 'zombie'],
    ['the way, just now', { pathAt: noon - minute, brokenAt: 'wan' }, 'cut-off'],
    // The clock was set back: its time is still to come.
    ['GitHub, in the future', { githubAt: noon + 10 * hour }, 'zombie'],
  ] as const)('counts by its age: %s', (_, age, verdict) => {
    expect(judged({ ...running, ...offline, ...age }).verdict).toBe(verdict);
  });
});

describe('a health check that began before Docker answered again', () => {
  const failing = {
    ...running,
    ...offline,
    containerHealth: 'unhealthy',
    checkState: undefined,
    checkAt: noon - 30_000,
  };
  const since = (dockerAgainAt: number | undefined) => ({ ...viewsOf('answering', 'answering'), dockerAgainAt });

  it.each([
    ['Docker always answered', undefined, 'unhealthy'],
    ['it began after that', noon - 40_000, 'unhealthy'],
    ['it began before that', noon - 20_000, 'unknown'],
  ] as const)('is taken for what it is: %s', (_, againAt, verdict) => {
    expect(judged(failing, since(againAt)).verdict).toBe(verdict);
  });

  it('is no evidence for a runner either, which GitHub may still see online', () => {
    const state = judged({ ...failing, github: 'online', containerHealth: 'healthy' }, since(noon - 20_000));
    expect(state.verdict).toBe('healthy');
    expect(state.facts).toContainEqual(expect.objectContaining({ name: 'containerHealth', isOld: true }));
  });
});

describe('what GitHub said last', () => {
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
  ] as const)('is told of %j: %s, %i ms ago', (container, githubBefore, age, because) => {
    const evidence = { ...container, ...silent, githubBefore, githubAt: noon - age } as const;
    expect(judged(evidence, githubFails)).toMatchObject({ verdict: 'unknown', because });
  });

  it.each([
    [{}, ''],
    [{ github: 'online' }, 'online'],
    [{ github: 'online', busy: true }, 'online, busy'],
    [{ github: 'online', busy: false, outdated: false }, 'online'],
    [{ github: 'offline', offlineSince: noon - 180 * minute }, 'offline for 3 h'],
    [{ github: 'offline' }, 'offline'],
    [{ github: 'unknown' }, 'unknown'],
    [{ github: 'unknown', githubBefore: 'online', githubAt: noon - 12 * minute }, 'unknown, online 12 min ago'],
    [{ github: 'online', outdated: true }, 'online, outdated'],
    [{ github: 'online', outdated: true, updateDeadline: noon }, 'online, outdated, no jobs from 2026-01-01'],
  ] as const)('is told in a few words of %j: %s', (evidence, words) => {
    expect(judged(evidence).githubSays).toBe(words);
  });
});

it('gives each verdict a series, 1 to the one that holds, and tells since when', () => {
  const samples = verdictSamples([{ ...judged({ ...running, ...online }), since: noon }]);
  const of = (name: string) => samples.filter(({ metric }) => metric.name === name);
  const series = of('runnerwatch_runner_verdict');
  expect(series).toHaveLength(verdicts.length);
  expect(series.filter(({ value }) => value === 1).map(({ labels }) => labels.verdict)).toEqual(['healthy']);
  const since = of('runnerwatch_runner_verdict_since_timestamp_seconds');
  expect(since).toMatchObject([{ labels: { runner: 'r' }, value: noon / 1000 }]);
});

it.each(verdicts)('%s is explained', (verdict) => {
  expect(readFileSync(join(root, 'docs/verdicts.md'), 'utf8')).toContain(`| \`${verdict}\``);
});
