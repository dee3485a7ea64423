import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { githubRunners } from '../../src/collectors/github-runners.ts';
import { createCollecting } from '../../src/collectors/run.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createLatest } from '../../src/samples/latest.ts';
import { openDatabase } from '../../src/state/database.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { family, organization, repository, watchRunners } from '../support/github-runners.ts';
import { linesOfSamples } from '../support/host.ts';
import { temporaryFolder } from '../support/processes.ts';
import { githubRunner } from '../support/recovery.ts';

const start = Date.parse('2026-01-01T00:00:00Z') / 1000;
const online = githubRunner({ id: 1, name: 'a' });
const offline = githubRunner({ id: 2, name: 'b', status: 'offline' });
const down = new Error('GitHub failed with 502');
const never = () => new Promise<never>(() => undefined);

describe('while GitHub does not answer', () => {
  it('the runners stay, marked by their age, and none of them is online, offline or busy', async () => {
    const watch = watchRunners({ 'o/r': [online, offline] });
    await watch.collect();
    await watch.clock.advance(720_000);
    watch.answers['o/r'] = down;
    const { lines, failure } = await watch.collect();
    expect(failure).toBe('GitHub failed with 502');
    expect(lines).toEqual([
      'github_runner_id{runner="a",scope="o/r"} 1',
      'github_runner_id{runner="b",scope="o/r"} 2',
      'github_runner_info{ephemeral="false",group="",labels="",os="linux",runner="a",scope="o/r",version="2.336.0"} 1',
      'github_runner_info{ephemeral="false",group="",labels="",os="linux",runner="b",scope="o/r",version="2.336.0"} 1',
      `github_runner_offline_since_timestamp_seconds{runner="b",scope="o/r"} ${start}`,
      'github_runner_registrations{runner="a"} 1',
      'github_runner_registrations{runner="b"} 1',
      `github_runner_removal_timestamp_seconds{runner="b",scope="o/r"} ${start + 14 * 86_400}`,
      `github_runner_status_timestamp_seconds{runner="a",scope="o/r"} ${start}`,
      `github_runner_status_timestamp_seconds{runner="b",scope="o/r"} ${start}`,
      'github_runners_omitted{scope="o/r"} 0',
      'github_runners{scope="o/r",status="unknown"} 2',
      `github_scope_last_success_timestamp_seconds{scope="o/r"} ${start}`,
      'github_scope_success{scope="o/r"} 0',
    ]);
    expect(linesOfSamples(githubRunners.view?.(watch.deps, watch.config) ?? [])).toEqual(lines);
  });

  it('for an hour, with a restart in it, nothing reads as offline, and offline-since stays', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'runnerwatch.db');
    const clock = new FakeClock();
    const before = openDatabase(path);
    const first = watchRunners({ 'o/r': [online, offline] }, { database: before, clock });
    await first.collect();
    const during: string[] = [];
    first.answers['o/r'] = down;
    const pollHalfAnHour = async (watch: typeof first): Promise<void> => {
      for (let polls = 0; polls < 60; polls++) {
        await clock.advance(30_000);
        during.push(...(await watch.collect()).lines);
      }
    };
    await pollHalfAnHour(first);
    before[Symbol.dispose]();

    using after = openDatabase(path);
    const second = watchRunners({ 'o/r': down }, { database: after, clock });
    await pollHalfAnHour(second);
    expect(family(during, 'github_runner_online')).toEqual([]);
    expect(new Set(family(during, 'github_runner_offline_since_timestamp_seconds'))).toEqual(
      new Set([`github_runner_offline_since_timestamp_seconds{runner="b",scope="o/r"} ${start}`]),
    );
    expect(family(during, 'github_runner_info')).toHaveLength(240);
    expect([...first.told(), ...second.told()]).toEqual([]);

    second.answers['o/r'] = [{ ...online, status: 'offline' }, offline];
    const { lines, failure } = await second.collect();
    expect(failure).toBeUndefined();
    expect(family(lines, 'github_runner_offline_since_timestamp_seconds')).toEqual([
      `github_runner_offline_since_timestamp_seconds{runner="a",scope="o/r"} ${start + 3600}`,
      `github_runner_offline_since_timestamp_seconds{runner="b",scope="o/r"} ${start}`,
    ]);
    expect(second.told()).toEqual(['runner-offline a']);
  });
});

describe('a scope that hangs', () => {
  const scopes = [repository, organization];

  it('costs the others nothing, and is told as failed', async () => {
    const watch = watchRunners({ 'o/r': never, acme: [online] }, { scopes });
    const latest = createLatest();
    const { clock, deps, config } = watch;
    const { signal } = new AbortController();
    const bound = { name: 'github-runners', schedule: 'interval', config } as const;
    const collecting = createCollecting(
      [{ ...bound, idle: () => undefined, collect: (cut) => githubRunners.collect(deps, config, cut) }],
      { clock, log: silentLog, latest, signal },
    );
    const collected = collecting.collect('github-runners');
    await clock.advance(config.timeout);
    await collected;
    const lines = linesOfSamples(latest.all());
    expect(lines).toContain('github_scope_success{scope="o/r"} 0');
    expect(lines).toContain('github_scope_success{scope="acme"} 1');
    expect(lines).toContain('github_runner_online{runner="a",scope="acme"} 1');
    expect(collecting.status()).toMatchObject([
      { success: false, error: 'GitHub, asked for the runners of o/r, did not answer within 9 s' },
    ]);
  });

  it('is asked after those that answered last time', async () => {
    const watch = watchRunners({ 'o/r': never, acme: [online] }, { scopes });
    for (const _ of ['first', 'second']) {
      const collected = watch.collect();
      await watch.clock.advance(watch.config.timeout);
      await collected;
    }
    expect(watch.asked).toEqual(['o/r', 'acme', 'acme', 'o/r']);
  });

  it('leaves half of the time to each of those that answered last time', async () => {
    const names = ['a/a', 'b/b', 'c/c', 'd/d'];
    const many = names.map((name) => ({ kind: 'repository', name }) as const);
    const watch = watchRunners({}, { scopes: many });
    await watch.collect();
    watch.answers['a/a'] = async () => {
      await watch.clock.sleep(8_000);
      return [online];
    };
    const collected = watch.collect();
    await watch.clock.advance(8_000);
    expect((await collected).failure).toBeUndefined();
  });

  it('and all others too: the collection ends in time, each told as failed', async () => {
    const names = ['a/a', 'b/b', 'c/c', 'd/d'];
    const many = names.map((name) => ({ kind: 'repository', name }) as const);
    const watch = watchRunners(Object.fromEntries(names.map((name) => [name, never])), { scopes: many });
    const collected = watch.collect();
    await watch.clock.advance(watch.config.timeout - 1);
    const { lines } = await collected;
    expect(lines).toEqual(names.map((name) => `github_scope_success{scope="${name}"} 0`));
  });
});
