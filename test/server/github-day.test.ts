import { afterAll, describe, expect, it } from 'vitest';
import { type GithubDay, startGithubDay } from '../support/github-day.ts';

const hourMs = 3_600_000;
const limit = 5000;
const report: string[] = [];

// One look at the figures beside the assertions.
afterAll(() => process.stdout.write(`${report.join('\n')}\n`));

/** What GitHub charged in each of the hours. */
async function hourly(day: GithubDay, title: string, hours: number, work?: (hour: number) => Promise<void>) {
  const costs: number[] = [];
  for (let hour = 0; hour < hours; hour++) {
    const before = day.emulator.charged();
    if (work) await work(hour);
    else await day.pass(hourMs);
    costs.push(day.emulator.charged() - before);
  }
  report.push(`requests charged by the hour, ${title}: ${costs.join(' ')}`);
  return costs;
}

function addRunners({ emulator }: GithubDay, scope: string, count: number): void {
  for (let n = 0; n < count; n++) {
    emulator.addRunner({ scope, name: `r${n}`, labels: ['self-hosted'], status: 'online', version: '2.336.0' });
  }
}

/** Every collector has its picture, and none of them failed last. */
function expectWellBeing({ collecting }: GithubDay): void {
  expect(collecting.status().map(({ name, success, error }) => [name, success, error])).toEqual([
    ['github-credentials', true, undefined],
    ['github-pipelines', true, undefined],
    ['github-queue', true, undefined],
    ['github-runners', true, undefined],
  ]);
}

/** Runs of two jobs come at even distances, wait for a quarter of a minute, and take four. */
async function workFor(day: GithubDay, runsAnHour: number, repositories = ['octo/homelab']): Promise<void> {
  const { emulator } = day;
  const stepMs = 15_000;
  const every = Math.max(1, Math.round(hourMs / stepMs / Math.max(1, runsAnHour)));
  for (let step = 0; step < hourMs / stepMs; step++) {
    const now = day.clock.now();
    for (const job of emulator.jobs()) {
      if (job.status === 'queued') emulator.startJob(job.id, idle(day));
      else if (job.status === 'in_progress' && now - (job.startedAt ?? now) >= 240_000) emulator.completeJob(job.id);
    }
    const repository = repositories[Math.floor(step / every) % repositories.length] ?? 'octo/homelab';
    const due = runsAnHour > 0 && step % every === 0;
    if (due) emulator.addRun({ repository, jobs: [{ name: 'build' }, { name: 'test' }] });
    await day.pass(stepMs);
  }
}

function idle({ emulator }: GithubDay): string {
  return emulator.runners().find(({ busy }) => !busy)?.name ?? 'somebody';
}

describe('a day of asking GitHub', () => {
  it('costs under 1 % of the limit in every hour for 5 idle runners', { timeout: 60_000 }, async () => {
    await using day = await startGithubDay({ repositories: ['octo/homelab'] });
    addRunners(day, 'octo/homelab', 5);
    const costs = await hourly(day, '5 idle runners', 24);
    expect(Math.max(...costs)).toBeLessThan(limit * 0.01);
    // It did ask: twice a minute for the runners alone.
    expect(asked(day)).toBeGreaterThan(24 * 60 * 2);
    expectWellBeing(day);
  });

  it('costs under 10 % of the limit in every hour for 500 runners that work', { timeout: 180_000 }, async () => {
    await using day = await startGithubDay({ repositories: ['octo/homelab'] });
    addRunners(day, 'octo/homelab', 500);
    const runs = [0, 0, 0, 0, 0, 0, 2, 6, 20, 40, 60, 60, 30, 60, 60, 60, 40, 20, 10, 6, 2, 0, 0, 0];
    const costs = await hourly(day, '500 runners at work', 24, (hour) => workFor(day, runs[hour] ?? 0));
    expect(Math.max(...costs)).toBeLessThan(limit * 0.1);
    // The busy hours were busy: what changed was seen.
    expect(Math.min(...costs.slice(10, 16))).toBeGreaterThan(100);
    expectWellBeing(day);
    expect(statusCount(day, 'github_runners', 'online')).toBe(500);
    expect(day.emulator.requestsWhileLimited()).toEqual([]);
  });

  it('costs no more for an organization whose work is in twenty repositories', { timeout: 60_000 }, async () => {
    await using day = await startGithubDay({ organizations: ['octo'] });
    addRunners(day, 'octo', 500);
    const repositories = Array.from({ length: 20 }, (_, index) => `octo/app-${index}`);
    for (const name of repositories) day.emulator.addRepository({ name, pushedAt: day.clock.now() });
    const costs = await hourly(day, '500 runners of an organization', 3, () => workFor(day, 60, repositories));
    expect(Math.max(...costs)).toBeLessThan(limit * 0.1);
    const success = day.latest.all().filter(({ metric }) => metric.name === 'github_queue_success');
    expect(success.map(({ value }) => value)).toEqual(repositories.map(() => 1));
  });

  it('stays under 10 % when everything changes all the time', { timeout: 60_000 }, async () => {
    await using day = await startGithubDay({ repositories: ['octo/homelab'] });
    addRunners(day, 'octo/homelab', 500);
    const costs = await hourly(day, '500 runners at a run every quarter of a minute', 4, () => workFor(day, 240));
    expect(Math.max(...costs)).toBeLessThan(limit * 0.1);
    expect(day.source.pace(1000)).toBeGreaterThan(1000);
    expectWellBeing(day);
  });
});

describe('a limit that GitHub announces in the middle of the day', () => {
  const minuteMs = 60_000;
  const message = 'You have exceeded a secondary rate limit.';

  it.each([
    ['was used up by somebody else', usedUp, 40],
    ['is a secondary one with a time', secondary({ 'retry-after': '1200' }), 20],
    ['is a secondary one without a time', secondary({}), 1],
  ])('%s: no request comes until it ends, and then no burst', { timeout: 60_000 }, async (_, announce, minutes) => {
    await using day = await startGithubDay({ repositories: ['octo/homelab'] });
    addRunners(day, 'octo/homelab', 50);
    await workFor(day, 20);
    const usual = await byTheMinute(day, 30);
    const end = day.clock.now() + minutes * minuteMs;
    announce(day, minutes);
    while (asked(day, '403') === 0) await day.pass(5000);
    const told = asked(day);
    await day.pass(Math.min(end, day.clock.now() + minutes * minuteMs) - day.clock.now() - 5000);
    expect(asked(day)).toBe(told);
    const after = await byTheMinute(day, 10);
    expect(Math.max(...after)).toBeLessThanOrEqual(Math.max(...usual) * 1.5);
    expect(Math.min(...after.slice(-3))).toBeGreaterThanOrEqual(Math.min(...usual));
    expect(day.emulator.requestsWhileLimited()).toEqual([]);
    expectWellBeing(day);
  });

  function usedUp({ clock, emulator }: GithubDay, minutes: number): void {
    emulator.setRateLimit({ remaining: 0, reset: (clock.now() + minutes * minuteMs) / 1000 });
  }

  function secondary(headers: Readonly<Record<string, string>>) {
    return ({ emulator }: GithubDay): void => {
      emulator.fail({ match: '/actions/', times: 1, status: 403, headers, body: { message } });
    };
  }

  async function byTheMinute(day: GithubDay, minutes: number): Promise<readonly number[]> {
    const counts: number[] = [];
    for (let minute = 0; minute < minutes; minute++) {
      const before = asked(day);
      await day.pass(minuteMs);
      counts.push(asked(day) - before);
    }
    return counts;
  }
});

/** Requests so far, or those with this answer. */
function asked({ source }: GithubDay, result?: string): number {
  if (result !== undefined) return source.requests().get(result) ?? 0;
  return [...source.requests().values()].reduce((sum, count) => sum + count, 0);
}

function statusCount({ latest }: GithubDay, name: string, status: string): unknown {
  return latest.all().find((one) => one.metric.name === name && one.labels.status === status)?.value;
}
