import { describe, expect, it } from 'vitest';
import type { WorkflowJob } from '../../src/model/github.ts';
import type { GithubScope } from '../../src/model/runner.ts';
import { jobHouse, noon, onlineRunner, queuedJob, runningJob } from '../support/github-jobs.ts';

function taken(
  job: WorkflowJob,
  { githubScopes, runners = [] }: { githubScopes?: readonly GithubScope[]; runners?: readonly string[][] },
) {
  const { jobs, runnerMemory } = jobHouse(githubScopes ? { githubScopes } : {});
  runnerMemory.observe(
    'octo/homelab',
    runners.map((labels, id) => onlineRunner({ id, labels })),
    noon,
  );
  jobs.note([job]);
  return jobs.open().map(({ job: { repository } }) => repository);
}

const hosted = queuedJob({ labels: ['ubuntu-latest'] });

describe("jobs for GitHub's own runners", () => {
  it.each([
    ['left out', hosted, [['self-hosted']], []],
    ['left out in any case of their letters', queuedJob({ labels: ['Windows-2025'] }), [], []],
    ['left out while they run', { ...hosted, status: 'in_progress', runner: 'GitHub Actions 7' } as const, [], []],
    ['taken where a runner here has their labels', hosted, [['Ubuntu-Latest']], ['octo/homelab']],
    [
      'taken where a runner here has them',
      runningJob({ labels: ['ubuntu-latest'], runner: 'ci-1' }),
      [['x']],
      ['octo/homelab'],
    ],
    [
      'others than those that ask for no label of theirs',
      queuedJob({ labels: ['my-ubuntu-box'] }),
      [],
      ['octo/homelab'],
    ],
  ])('are %s', (_, job, runners, expected) => {
    expect(taken(job, { runners })).toEqual(expected);
  });
});

describe('jobs', () => {
  it.each<[string, readonly GithubScope[], readonly string[]]>([
    ['of an organisation', [{ kind: 'organization', name: 'octo' }], ['Octo/Homelab']],
    ['of whatever an enterprise has', [{ kind: 'enterprise', name: 'big' }], ['Octo/Homelab']],
    ['of a repository, spelled as it is configured', [{ kind: 'repository', name: 'octo/homelab' }], ['octo/homelab']],
  ])('are taken %s', (_, githubScopes, expected) => {
    expect(taken(queuedJob({ repository: 'Octo/Homelab' }), { githubScopes })).toEqual(expected);
  });

  it('of a repository that nobody watches are left out', () => {
    expect(taken(queuedJob({ repository: 'octo/other' }), {})).toEqual([]);
  });
});
