import { describe, expect, it } from 'vitest';
import { githubRunners } from '../../src/collectors/github-runners.ts';
import type { GithubRunner } from '../../src/model/runner.ts';
import { family, organization, repository, watchRunners } from '../support/github-runners.ts';
import { githubRunner } from '../support/recovery.ts';

function runner(over: Partial<GithubRunner> = {}): GithubRunner {
  return githubRunner({ name: 'a', labels: ['self-hosted', 'gpu'], ...over });
}

const start = Date.parse('2026-01-01T00:00:00Z') / 1000;

describe("GitHub's runners", () => {
  it('are told per runner and counted per scope', async () => {
    const offline = runner({
      ...{ id: 2, name: 'b', status: 'offline', busy: true, ephemeral: true, version: undefined, labels: [] },
    });
    const { lines, failure } = await watchRunners({ 'o/r': [runner(), offline] }).collect();
    expect(failure).toBeUndefined();
    expect(lines).toEqual([
      'github_runner_busy{runner="a",scope="o/r"} 0',
      'github_runner_busy{runner="b",scope="o/r"} 1',
      'github_runner_id{runner="a",scope="o/r"} 1',
      'github_runner_id{runner="b",scope="o/r"} 2',
      'github_runner_info{ephemeral="false",group="",labels="gpu,self-hosted",os="linux",runner="a",scope="o/r",version="2.336.0"} 1',
      'github_runner_info{ephemeral="true",group="",labels="",os="linux",runner="b",scope="o/r",version=""} 1',
      `github_runner_offline_since_timestamp_seconds{runner="b",scope="o/r"} ${start}`,
      'github_runner_online{runner="a",scope="o/r"} 1',
      'github_runner_online{runner="b",scope="o/r"} 0',
      'github_runner_registrations{runner="a"} 1',
      'github_runner_registrations{runner="b"} 1',
      `github_runner_removal_timestamp_seconds{runner="b",scope="o/r"} ${start + 86_400}`,
      `github_runner_status_timestamp_seconds{runner="a",scope="o/r"} ${start}`,
      `github_runner_status_timestamp_seconds{runner="b",scope="o/r"} ${start}`,
      'github_runners_omitted{scope="o/r"} 0',
      'github_runners{scope="o/r",status="offline"} 1',
      'github_runners{scope="o/r",status="online"} 1',
      'github_runners{scope="o/r",status="unknown"} 0',
      `github_scope_last_success_timestamp_seconds{scope="o/r"} ${start}`,
      'github_scope_success{scope="o/r"} 1',
    ]);
  });

  it('are removed after 14 days offline, as GitHub does it with those that are not ephemeral', async () => {
    const { lines } = await watchRunners({ 'o/r': [runner({ status: 'offline' })] }).collect();
    expect(lines).toContain(`github_runner_removal_timestamp_seconds{runner="a",scope="o/r"} ${start + 14 * 86_400}`);
  });

  it('of an unknown status are neither online nor offline, and keep what was said before', async () => {
    const watch = watchRunners({ 'o/r': [runner({ status: 'offline' })] });
    await watch.collect();
    await watch.clock.advance(60_000);
    watch.answers['o/r'] = [runner({ status: 'unknown' })];
    const { lines } = await watch.collect();
    expect(family(lines, 'github_runner_online')).toEqual([]);
    expect(family(lines, 'github_runners')).toEqual([
      'github_runners{scope="o/r",status="offline"} 0',
      'github_runners{scope="o/r",status="online"} 0',
      'github_runners{scope="o/r",status="unknown"} 1',
    ]);
    expect(lines).toContain(`github_runner_offline_since_timestamp_seconds{runner="a",scope="o/r"} ${start}`);
    expect(lines).toContain(`github_runner_status_timestamp_seconds{runner="a",scope="o/r"} ${start}`);
    expect(lines).toContain(`github_scope_last_success_timestamp_seconds{scope="o/r"} ${start + 60}`);
    expect(watch.told()).toEqual([]);
  });

  it('of a scope that was never read are not told, those of the others are', async () => {
    const watch = watchRunners(
      { 'o/r': new Error('not found'), acme: [runner()] },
      { scopes: [repository, organization] },
    );
    const { lines, failure } = await watch.collect();
    expect(failure).toBe('not found');
    expect(lines).toContain('github_scope_success{scope="acme"} 1');
    expect(lines).toContain('github_runner_online{runner="a",scope="acme"} 1');
    expect(lines.filter((line) => line.includes('"o/r"'))).toEqual(['github_scope_success{scope="o/r"} 0']);
  });

  it('say once what is wrong with all scopes', async () => {
    const limited = new Error('GitHub may not be asked until noon');
    const watch = watchRunners({ 'o/r': limited, acme: limited }, { scopes: [repository, organization] });
    expect((await watch.collect()).failure).toBe('GitHub may not be asked until noon');
  });

  it.each([
    ['online first', ['online', 'offline']],
    ['online last', ['offline', 'online']],
  ] as const)('of one name are one series, the one that is online, and counted: %s', async (_, statuses) => {
    const twins = statuses.map((status, id) => runner({ id, status }));
    const { lines } = await watchRunners({ 'o/r': twins }).collect();
    expect(family(lines, 'github_runner_online')).toEqual(['github_runner_online{runner="a",scope="o/r"} 1']);
    expect(family(lines, 'github_runner_registrations')).toEqual(['github_runner_registrations{runner="a"} 2']);
    expect(family(lines, 'github_runner_id')).toEqual([]);
    expect(family(lines, 'github_runner_offline_since_timestamp_seconds')).toEqual([]);
    expect(lines).toContain('github_runners_omitted{scope="o/r"} 0');
  });

  it('of one name in two scopes are a duplicate, also while one of them does not answer', async () => {
    const watch = watchRunners({ 'o/r': [runner()], acme: [runner()] }, { scopes: [repository, organization] });
    await watch.collect();
    watch.answers.acme = new Error('down');
    const { lines } = await watch.collect();
    expect(family(lines, 'github_runner_registrations')).toEqual(['github_runner_registrations{runner="a"} 2']);
    expect(family(lines, 'github_runner_online')).toEqual(['github_runner_online{runner="a",scope="o/r"} 1']);
  });

  it.each([
    ['no github.token', [repository], 'no github.token'],
    [undefined, [], 'no github.repositories, github.organizations or github.enterprises'],
    ['no github.token', [], 'no github.token and no github.repositories, github.organizations or github.enterprises'],
    [undefined, [repository], undefined],
  ])('are not asked for with %s and %j', (available, scopes, reason) => {
    const { deps, config } = watchRunners({}, { scopes, github: { available: () => available } });
    expect(githubRunners.idle?.(deps, config)).toBe(reason);
  });

  it('are asked for as seldom as GitHub wants it', () => {
    const { deps, config } = watchRunners({}, { github: { pace: (intervalMs) => intervalMs * 4 } });
    expect(githubRunners.pace?.(deps, config)).toBe(120_000);
  });
});

describe('many runners', () => {
  const many = (count: number, over: Partial<GithubRunner> = {}) =>
    Array.from({ length: count }, (_, index) => runner({ id: index + 1, name: `r${index + 1}`, ...over }));

  it('each have their series: 250 of them', async () => {
    const { lines } = await watchRunners({ 'o/r': many(250) }).collect();
    expect(family(lines, 'github_runner_online')).toHaveLength(250);
    expect(lines).toContain('github_runners{scope="o/r",status="online"} 250');
  });

  it('beyond the limit are counted: those with a container here are shown, those that work, the newest ghosts', async () => {
    const ghosts = many(300, { status: 'offline' });
    const working = [runner({ id: 900, name: 'idle' }), runner({ id: 901, name: 'works', busy: true })];
    const watch = watchRunners({ 'o/r': [...ghosts, ...working] }, { settings: { max_runners: 4 }, hosted: ['r5'] });
    const { lines } = await watch.collect();
    const shown = family(lines, 'github_runner_online').map((line) => /runner="(\w+)"/.exec(line)?.[1]);
    expect(shown).toEqual(['idle', 'r300', 'r5', 'works']);
    expect(family(lines, 'github_runner_registrations')).toHaveLength(4);
    expect(lines).toContain('github_runners_omitted{scope="o/r"} 298');
    expect(lines).toContain('github_runners{scope="o/r",status="offline"} 300');
    watch.answers['o/r'] = new Error('down');
    const during = await watch.collect();
    expect(family(during.lines, 'github_runner_info')).toHaveLength(4);
    expect(during.lines).toContain('github_runners{scope="o/r",status="unknown"} 302');
  });
});
