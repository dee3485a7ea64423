import { describe, expect, it } from 'vitest';
import { type RunnerEvidence, type Verdict, verdicts } from '../../src/model/runner.ts';
import { judge, verdictSamples } from '../../src/recovery/verdict.ts';
import type { Views } from '../../src/recovery/views.ts';
import {
  both,
  ended,
  hour,
  lifeless,
  minute,
  noon,
  nothing,
  offline,
  online,
  registered,
  running,
  unlisted,
  verdictConfig,
  viewsOf,
  working,
} from '../support/runner-evidence.ts';

const githubFails = viewsOf('answering', 'failing');
const githubOff = viewsOf('answering', 'off');
const dockerFails = viewsOf('failing', 'answering');
const silent = { github: 'unknown', registered: true, scopes: ['o/r'] } as const;

function judged(evidence: Partial<RunnerEvidence>, views: Views = both) {
  return judge({ ...nothing, ...evidence }, { views, config: verdictConfig, now: noon });
}

/** What is found, how the sources fare, the verdict, and its reason. */
type Case = readonly [string, Partial<RunnerEvidence>, Views, Verdict, string];

const foreign = { ...running, checkTells: false, listener: undefined, worker: undefined, session: undefined } as const;
const bare = { ...foreign, containerHealth: 'none', egress: undefined } as const;
const away = { hosted: false, removed: false } as const;

const jobs: readonly Case[] = [
  ['a worker runs', { ...running, ...online, worker: true }, both, 'busy', 'its worker process runs'],
  ['a worker runs, GitHub offline', { ...running, ...offline, worker: true }, both, 'busy', 'its worker process runs'],
  [
    'a worker runs, the WAN is down',
    { ...running, worker: true, brokenAt: 'wan' },
    githubFails,
    'busy',
    'its worker process runs',
  ],
  [
    'a worker runs, its disk is full',
    { ...running, ...online, worker: true, diskFreeBytes: 0 },
    both,
    'busy',
    'its worker process runs',
  ],
  ['GitHub says busy', { ...running, ...working }, both, 'busy', 'GitHub says busy'],
  ['GitHub says busy and offline', { ...running, ...offline, busy: true }, both, 'busy', 'GitHub says busy'],
  ['GitHub says busy, container elsewhere', { ...away, ...working }, both, 'busy', 'GitHub says busy'],
  [
    'busy, crashed',
    { ...ended(137), ...working },
    both,
    'stuck-busy',
    'GitHub says busy, but its container ended with exit code 137',
  ],
  [
    'busy, lifeless',
    { ...lifeless, ...working },
    both,
    'stuck-busy',
    'GitHub says busy, but neither a listener nor a worker runs in its container',
  ],
  [
    'busy, its worker gone for a moment',
    { ...running, ...working, jobLostSince: noon - minute },
    both,
    'busy',
    'GitHub says busy',
  ],
  [
    'busy, its worker gone for long',
    { ...running, ...working, jobLostSince: noon - 20 * minute },
    both,
    'stuck-busy',
    'GitHub says busy, but no worker has run in its container for 20 minutes',
  ],
  [
    'its twin may be the busy one',
    { ...running, ...working, registrations: 2, jobLostSince: noon - hour },
    both,
    'busy',
    'GitHub says busy',
  ],
  [
    'a job that hangs',
    { ...running, ...working, worker: true, busySince: noon - 7 * hour, quietSince: noon - 2 * hour },
    both,
    'stuck-busy',
    'it has been busy for 7 hours, and its container has used next to no CPU time for 2 hours',
  ],
  [
    'a job that is long but alive',
    { ...running, ...working, worker: true, busySince: noon - 30 * hour, quietSince: noon - 10 * minute },
    both,
    'busy',
    'its worker process runs',
  ],
  [
    'a long job of which nobody knows the CPU time',
    { ...running, ...working, worker: true, busySince: noon - 30 * hour },
    both,
    'busy',
    'its worker process runs',
  ],
  [
    'a quiet job that is not long',
    { ...running, ...working, worker: true, busySince: noon - 2 * hour, quietSince: noon - 2 * hour },
    both,
    'busy',
    'its worker process runs',
  ],
];

const onPurpose: readonly Case[] = [
  ['it ended by itself', { ...ended(0), ...offline }, both, 'stopped', 'its container is exited with exit code 0'],
  ['TERM ended it', { ...ended(143), ...offline }, both, 'stopped', 'its container is exited with exit code 143'],
  [
    'docker stop had to kill it',
    { ...ended(137), ...offline, stopAsked: true },
    both,
    'stopped',
    'its container is exited, as Docker was asked to stop it',
  ],
  [
    'somebody works on it',
    { ...ended(1), ...offline, maintenance: true },
    both,
    'stopped',
    'its container is exited, and labelled as being worked on',
  ],
  ['it is paused', { ...running, ...offline, containerState: 'paused' }, both, 'stopped', 'its container is paused'],
  ['it was never started', { ...ended(0), containerState: 'created' }, both, 'stopped', 'its container is created'],
  ['compose down', { ...away, ...offline, removed: true }, both, 'stopped', 'its container was removed a moment ago'],
  ['removed, and online elsewhere', { ...away, ...online, removed: true }, both, 'healthy', 'GitHub says online'],
];

const elsewhere: readonly Case[] = [
  [
    'the gateway is down',
    { ...running, ...silent, brokenAt: 'gateway' },
    githubFails,
    'cut-off',
    'the gateway does not answer',
  ],
  [
    'the WAN is down, and it is lifeless',
    { ...lifeless, ...silent, brokenAt: 'wan' },
    githubFails,
    'cut-off',
    'the WAN does not answer',
  ],
  [
    'the nameserver is down, and it crashed',
    { ...ended(1), ...silent, brokenAt: 'dns' },
    githubFails,
    'cut-off',
    'the nameserver does not answer',
  ],
  [
    'GitHub is down',
    { ...running, ...silent, brokenAt: 'github' },
    githubFails,
    'cut-off',
    'GitHub itself does not answer',
  ],
  [
    'its own way out is cut',
    { ...running, ...offline, egress: false },
    both,
    'cut-off',
    'GitHub does not answer its container',
  ],
  [
    'GitHub sees it all the same',
    { ...running, ...online, egress: false, brokenAt: 'gateway' },
    both,
    'healthy',
    'its container runs and GitHub says online',
  ],
  [
    'its clock is off',
    { ...running, ...offline, clockSkewSeconds: 600 },
    both,
    'cut-off',
    "its clock is 600 s ahead of GitHub's, which refuses that",
  ],
  [
    'its clock is late',
    { ...lifeless, ...offline, clockSkewSeconds: -601 },
    both,
    'cut-off',
    "its clock is 601 s behind GitHub's, which refuses that",
  ],
  [
    'its clock is a little off',
    { ...running, ...offline, clockSkewSeconds: 90 },
    both,
    'zombie',
    'its container runs, but GitHub says offline',
  ],
  [
    'a person stopped it while the WAN is down',
    { ...ended(143), ...silent, brokenAt: 'wan' },
    githubFails,
    'stopped',
    'its container is exited with exit code 143',
  ],
];

const faulty: readonly Case[] = [
  ['killed', { ...ended(137), ...offline }, both, 'crashed', 'its container ended with exit code 137'],
  [
    'out of memory',
    { ...ended(137), ...offline, oomKilled: true },
    both,
    'crashed',
    'its container ended with exit code 137, out of memory',
  ],
  [
    'dead',
    { ...ended(1), ...offline, containerState: 'dead' },
    both,
    'crashed',
    'its container ended with exit code 1',
  ],
  [
    'Docker restarts it',
    { ...ended(127), ...offline, containerState: 'restarting' },
    both,
    'crashed',
    'Docker restarts it after exit code 127',
  ],
  [
    'crashed, GitHub silent',
    { ...ended(137), ...silent },
    githubFails,
    'crashed',
    'its container ended with exit code 137',
  ],
  ['crashed, no GitHub', ended(1), githubOff, 'crashed', 'its container ended with exit code 1'],
  [
    'again and again',
    { ...ended(1), ...offline, containerState: 'restarting', recentEnds: 4 },
    both,
    'crash-looping',
    'its container ended 4 times a short while ago',
  ],
  [
    'again and again, just up',
    { ...foreign, ...offline, containerHealth: 'starting', recentEnds: 3 },
    both,
    'crash-looping',
    'its container ended 3 times a short while ago',
  ],
  [
    'twice',
    { ...foreign, ...offline, containerHealth: 'starting', recentEnds: 2 },
    both,
    'starting',
    'its health check has not passed yet',
  ],
  [
    'it ended often, and is well',
    { ...running, ...online, recentEnds: 9 },
    both,
    'healthy',
    'its container runs and GitHub says online',
  ],
  [
    'it serves for one job each',
    { ...foreign, ...unlisted, containerHealth: 'starting', recentEnds: 9, ephemeral: true, listedBefore: true },
    both,
    'starting',
    'its health check has not passed yet',
  ],
  [
    'it starts',
    { ...foreign, ...offline, containerHealth: 'starting' },
    both,
    'starting',
    'its health check has not passed yet',
  ],
  [
    'its disk is full',
    { ...running, ...online, diskFreeBytes: 5e6 },
    both,
    'starved',
    'its jobs have 4 MiB of disk left',
  ],
  [
    'its inodes are used up',
    { ...running, ...offline, diskFreeInodes: 12 },
    both,
    'starved',
    'its jobs have 12 inodes left',
  ],
  [
    'its host has no memory',
    { ...lifeless, ...offline, hostMemoryBytes: 1024 ** 2 },
    both,
    'starved',
    'its host has 1 MiB of memory left',
  ],
  [
    'GitHub forgot it',
    { ...lifeless, ...unlisted, downReason: 'registration-gone', listedBefore: true },
    both,
    'unregistered',
    'GitHub has forgotten its registration',
  ],
  [
    'GitHub forgot it, its listener tries on',
    { ...running, ...unlisted, session: 'gone' },
    both,
    'unregistered',
    'GitHub has forgotten its registration',
  ],
  [
    'its listener does not know it yet',
    { ...running, ...unlisted, listedBefore: true },
    both,
    'unregistered',
    'GitHub does not list it any more',
  ],
  [
    'it could not register',
    { ...lifeless, ...unlisted, session: 'unknown', downReason: 'not-registered' },
    both,
    'unregistered',
    'it could not register',
  ],
  [
    'its listener says so, GitHub is not asked',
    { ...lifeless, session: 'gone' },
    githubOff,
    'unregistered',
    'GitHub has forgotten its registration',
  ],
  [
    'its listener said so, GitHub sees it',
    { ...running, ...online, session: 'gone' },
    both,
    'healthy',
    'its container runs and GitHub says online',
  ],
  [
    'a session is left over',
    { ...running, ...offline, session: 'conflict' },
    both,
    'session-conflict',
    'GitHub says that another session of this runner exists',
  ],
  [
    'a session is left over, it gave up',
    { ...lifeless, ...offline, downReason: 'session-conflict' },
    both,
    'session-conflict',
    'GitHub says that another session of this runner exists',
  ],
  [
    'its version is refused',
    { ...lifeless, ...offline, downReason: 'version-deprecated' },
    both,
    'outdated',
    'GitHub refuses its version',
  ],
  [
    'it gets no jobs any more',
    { ...running, ...online, outdated: true, updateDeadline: noon - hour },
    both,
    'outdated',
    'GitHub gives its version no jobs any more',
  ],
  [
    'it will get no jobs soon',
    { ...running, ...online, outdated: true, updateDeadline: noon + hour },
    both,
    'healthy',
    'its container runs and GitHub says online',
  ],
  [
    'the listener is dead',
    { ...lifeless, ...offline },
    both,
    'unhealthy',
    'its health check fails: no listener, killed',
  ],
  [
    'the listener is dead, GitHub has not noticed',
    { ...lifeless, ...online },
    both,
    'unhealthy',
    'its health check fails: no listener, killed',
  ],
  [
    'the listener is dead, GitHub silent',
    { ...lifeless, ...silent },
    githubFails,
    'unhealthy',
    'its health check fails: no listener, killed',
  ],
  [
    "another's health check fails",
    { ...foreign, ...online, containerHealth: 'unhealthy' },
    both,
    'unhealthy',
    'its health check fails',
  ],
  [
    "another's health check fails, no GitHub",
    { ...foreign, containerHealth: 'unhealthy' },
    githubOff,
    'unhealthy',
    'its health check fails',
  ],
  ['it hangs', { ...running, ...offline }, both, 'zombie', 'its container runs, but GitHub says offline'],
  [
    'it hangs, without a health check',
    { ...bare, ...offline },
    both,
    'zombie',
    'its container runs, but GitHub says offline',
  ],
  ['nothing runs it', { ...away, ...offline }, both, 'ghost', 'GitHub says offline, and it has no container here'],
];

const well: readonly Case[] = [
  ['all is well', { ...running, ...online }, both, 'healthy', 'its container runs and GitHub says online'],
  ['it runs elsewhere', { ...away, ...online }, both, 'healthy', 'GitHub says online'],
  ['GitHub is not asked', running, githubOff, 'healthy', 'its container runs; GitHub is not asked'],
];

const missing: readonly Case[] = [
  ['nothing', {}, both, 'unknown', 'neither Docker nor GitHub says how it is'],
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
  ['a job', jobs],
  ['on purpose', onPurpose],
  ['a cause elsewhere', elsewhere],
  ['a fault of its own', faulty],
  ['well', well],
  ['what is missing', missing],
])('the verdict by %s', (_, cases) => {
  it.each(cases)('%s', (_name, evidence, views, verdict, because) => {
    expect(judged(evidence, views)).toMatchObject({ verdict, because });
  });
});

it('has a case for every verdict', () => {
  const found = [jobs, onPurpose, elsewhere, faulty, well, missing].flat().map(([, , , verdict]) => verdict);
  expect(new Set(found)).toEqual(new Set(verdicts));
});

describe('the evidence of a verdict', () => {
  it('is what decided, with its source and its age', () => {
    const dockerAt = noon - 10_000;
    const githubAt = noon - 30_000;
    const offlineSince = noon - hour;
    const { facts } = judged({ ...running, ...offline, dockerAt, githubAt, offlineSince });
    const docker = { source: 'docker', at: dockerAt, isOld: false };
    const github = { source: 'github', at: githubAt, isOld: false };
    expect(facts).toEqual([
      { name: 'containerState', value: 'running', ...docker },
      { name: 'containerHealth', value: 'healthy', ...docker },
      { name: 'github', value: 'offline', ...github },
      { name: 'offlineSince', value: offlineSince, ...github },
      { name: 'worker', value: false, ...docker, source: 'health-check' },
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
    ['the way', { pathAt: noon - hour, brokenAt: 'wan' }, 'zombie'],
    ['the way, just now', { pathAt: noon - minute, brokenAt: 'wan' }, 'cut-off'],
    // The clock was set back: its time is still to come.
    ['GitHub, in the future', { githubAt: noon + 10 * hour }, 'zombie'],
  ] as const)('counts by its age: %s', (_, age, verdict) => {
    expect(judged({ ...running, ...offline, ...age }).verdict).toBe(verdict);
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
