import { describe, expect, it } from 'vitest';
import { freshRunners, missingFor, noneOnline } from '../../src/collectors/github/job-starvation.ts';
import { createRunnerMemory } from '../../src/collectors/github/runner-memory.ts';
import type { GithubRunner, GithubScope } from '../../src/model/runner.ts';
import { noon, onlineRunner, second } from '../support/github-jobs.ts';

const plain = onlineRunner();
const gpu = onlineRunner({ name: 'gpu', labels: ['self-hosted', 'Linux', 'GPU'] });
const arm = onlineRunner({ name: 'arm', labels: ['self-hosted', 'linux', 'arm64'] });
const offline = (runner: GithubRunner): GithubRunner => ({ ...runner, status: 'offline' });

describe('what no runner has', () => {
  it.each<[string, readonly string[], readonly GithubRunner[], string | undefined]>([
    ['nothing, with a runner that has all', ['self-hosted', 'x64'], [plain], undefined],
    ['nothing, whatever the case of the letters', ['SELF-HOSTED', 'gpu'], [gpu], undefined],
    ['nothing, with a runner that works on another job', ['x64'], [{ ...plain, busy: true }], undefined],
    ['nothing, with a runner of an unknown status', ['x64'], [{ ...plain, status: 'unknown' }], undefined],
    ['nothing, with one of several', ['gpu'], [plain, offline(gpu), gpu], undefined],
    ['nothing of a job without labels', [], [], undefined],
    ['the label', ['self-hosted', 'gpu'], [plain], 'gpu'],
    ['all labels that the nearest lacks, in order', ['self-hosted', 'tpu', 'gpu'], [plain], 'gpu,tpu'],
    ['each label once', ['gpu', 'GPU'], [plain], 'gpu'],
    ['what the nearest lacks, and not another', ['linux', 'gpu', 'arm64'], [plain, gpu], 'arm64'],
    ['of two as near the first by name', ['linux', 'gpu', 'arm64'], [gpu, arm], 'arm64'],
    ['the same in the other order', ['linux', 'gpu', 'arm64'], [arm, gpu], 'arm64'],
    ['none online', ['gpu'], [offline(gpu)], noneOnline],
    ['none online, though another is', ['gpu'], [plain, offline(gpu)], noneOnline],
    [
      'what the online one lacks, though one that is offline is nearer',
      ['gpu', 'cuda', 'x64'],
      [plain, offline(gpu)],
      'cuda,gpu',
    ],
    ['what one that is offline lacks, where none is online', ['gpu', 'cuda'], [offline(gpu)], 'cuda'],
    ['all, where there is no runner', ['self-hosted', 'gpu'], [], 'gpu,self-hosted'],
  ])('is %s', (_, labels, runners, missing) => {
    expect(missingFor(labels, runners)).toBe(missing);
  });
});

describe('runners that a repository may use', () => {
  const repository: GithubScope = { kind: 'repository', name: 'Octo/homelab' };
  const organization: GithubScope = { kind: 'organization', name: 'octo' };
  const enterprise: GithubScope = { kind: 'enterprise', name: 'big' };
  const elsewhere: readonly GithubScope[] = [
    { kind: 'repository', name: 'octo/other' },
    { kind: 'organization', name: 'homelab' },
    { kind: 'organization', name: 'oct' },
  ];

  function namesOf(githubScopes: readonly GithubScope[], read: Readonly<Record<string, number>>, paceMs = 30 * second) {
    const runnerMemory = createRunnerMemory();
    for (const [scope, at] of Object.entries(read)) runnerMemory.observe(scope, [onlineRunner({ name: scope })], at);
    const runners = { githubScopes, runnerMemory, runnersPaceMs: () => paceMs };
    return freshRunners('octo/Homelab', runners, noon)?.map(({ name }) => name);
  }

  it.each<[string, readonly GithubScope[], Readonly<Record<string, number>>, readonly string[] | undefined]>([
    ['its own', [repository, ...elsewhere], { 'Octo/homelab': noon }, ['Octo/homelab']],
    [
      "its owner's and an enterprise's too",
      [repository, organization, enterprise],
      { 'Octo/homelab': noon, octo: noon, big: noon },
      ['Octo/homelab', 'octo', 'big'],
    ],
    ['those that were read five minutes ago', [repository], { 'Octo/homelab': noon - 300 * second }, ['Octo/homelab']],
    ['unknown, where they were read before', [repository], { 'Octo/homelab': noon - 300 * second - 1 }, undefined],
    ['unknown, where a scope was never read', [repository, organization], { 'Octo/homelab': noon }, undefined],
    ['unknown, where no scope of it is watched', elsewhere, {}, undefined],
  ])('are %s', (_, githubScopes, read, names) => {
    expect(namesOf(githubScopes, read)).toEqual(names);
  });

  it('are known for three readings, where those are seldom', () => {
    const readBefore = (ms: number) => namesOf([repository], { 'Octo/homelab': noon - ms }, 600 * second);
    expect([readBefore(1800 * second), readBefore(1800 * second + 1)]).toEqual([['Octo/homelab'], undefined]);
  });
});
