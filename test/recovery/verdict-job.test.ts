import { describe, expect, it } from 'vitest';
import {
  both,
  ended,
  hour,
  lifeless,
  minute,
  noon,
  offline,
  online,
  running,
  working,
} from '../support/runner-evidence.ts';
import { away, type Case, githubFails, judged, silent } from '../support/verdict-cases.ts';

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

describe.each([
  ['a job', jobs],
  ['what somebody wanted', onPurpose],
  ['a cause elsewhere', elsewhere],
])('the verdict by %s', (_, cases) => {
  it.each(cases)('%s', (_name, evidence, views, verdict, because) => {
    expect(judged(evidence, views)).toMatchObject({ verdict, because });
  });
});
