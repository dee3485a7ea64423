import { describe, expect, it } from 'vitest';
import { PartialCollection } from '../../src/collectors/collector.ts';
import { githubRunners } from '../../src/collectors/github-runners.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { GithubRunner, GithubScope } from '../../src/model/runner.ts';
import type { GithubSource } from '../../src/sources/github/github-source.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakeGithub } from '../support/fake-github.ts';
import { linesOfSamples } from '../support/host.ts';

const { signal } = new AbortController();
const repository: GithubScope = { kind: 'repository', name: 'o/r' };
const organization: GithubScope = { kind: 'organization', name: 'acme' };

function runner(over: Partial<GithubRunner> = {}): GithubRunner {
  const facts = { id: 1, name: 'a', os: 'linux', version: '2.336.0', ephemeral: false, groupId: undefined };
  return { ...facts, status: 'online', busy: false, labels: ['self-hosted', 'gpu'], ...over };
}

type Scopes = Readonly<Record<string, readonly GithubRunner[] | Error>>;

function depsOf(scopes: Scopes, githubScopes: readonly GithubScope[], over: Partial<GithubSource> = {}) {
  const github = fakeGithub({
    async listRunners({ name }) {
      const answer = scopes[name] ?? [];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    ...over,
  });
  return { github, githubScopes, clock: new FakeClock(), log: silentLog };
}

const config = githubRunners.config.parse({});

describe("GitHub's runners", () => {
  it('are told per runner and counted per scope', async () => {
    const offline = runner({
      name: 'b',
      status: 'offline',
      busy: true,
      ephemeral: true,
      version: undefined,
      labels: [],
    });
    const deps = depsOf({ 'o/r': [runner(), offline] }, [repository]);
    expect(linesOfSamples(await githubRunners.collect(deps, config, signal))).toEqual([
      'github_runner_busy{runner="a",scope="o/r"} 0',
      'github_runner_busy{runner="b",scope="o/r"} 1',
      'github_runner_info{ephemeral="false",group="",labels="gpu,self-hosted",os="linux",runner="a",scope="o/r",version="2.336.0"} 1',
      'github_runner_info{ephemeral="true",group="",labels="",os="linux",runner="b",scope="o/r",version=""} 1',
      'github_runner_online{runner="a",scope="o/r"} 1',
      'github_runner_online{runner="b",scope="o/r"} 0',
      'github_runners{scope="o/r",status="offline"} 1',
      'github_runners{scope="o/r",status="online"} 1',
      'github_runners{scope="o/r",status="unknown"} 0',
      'github_scope_success{scope="o/r"} 1',
    ]);
  });

  it('of an unknown status are neither online nor offline', async () => {
    const lines = linesOfSamples(
      await githubRunners.collect(depsOf({ 'o/r': [runner({ status: 'unknown' })] }, [repository]), config, signal),
    );
    expect(lines.filter((line) => line.startsWith('github_runner_online'))).toEqual([]);
    expect(lines).toContain('github_runners{scope="o/r",status="unknown"} 1');
  });

  it('keep the scopes that answered where one does not, and fail all the same', async () => {
    const deps = depsOf({ 'o/r': new Error('not found'), acme: [runner()] }, [repository, organization]);
    const error = await githubRunners.collect(deps, config, signal).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PartialCollection);
    expect((error as PartialCollection).message).toBe('not found');
    const lines = linesOfSamples((error as PartialCollection).samples);
    expect(lines).toContain('github_scope_success{scope="acme"} 1');
    expect(lines.filter((line) => line.includes('"o/r"'))).toEqual(['github_scope_success{scope="o/r"} 0']);
  });

  it('say once what is wrong with all scopes', async () => {
    const limited = new Error('GitHub may not be asked until noon');
    const deps = depsOf({ 'o/r': limited, acme: limited }, [repository, organization]);
    await expect(githubRunners.collect(deps, config, signal)).rejects.toThrow(/^GitHub may not be asked until noon$/);
  });

  it.each([
    ['online first', ['online', 'offline']],
    ['online last', ['offline', 'online']],
  ] as const)('of one name are one series, the one that is online: %s', async (_, statuses) => {
    const twins = statuses.map((status, id) => runner({ id, status }));
    const lines = linesOfSamples(await githubRunners.collect(depsOf({ 'o/r': twins }, [repository]), config, signal));
    expect(lines.filter((line) => line.startsWith('github_runner_online'))).toEqual([
      'github_runner_online{runner="a",scope="o/r"} 1',
    ]);
  });

  it.each([
    ['no github.token', [repository], 'no github.token'],
    [undefined, [], 'no github.repositories, github.organizations or github.enterprises'],
    ['no github.token', [], 'no github.token and no github.repositories, github.organizations or github.enterprises'],
    [undefined, [repository], undefined],
  ])('are not asked for with %s and %j', (available, scopes, reason) => {
    expect(githubRunners.idle?.(depsOf({}, scopes, { available: () => available }), config)).toBe(reason);
  });
});
