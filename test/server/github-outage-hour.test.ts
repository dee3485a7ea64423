import { expect, it } from 'vitest';
import { type GithubDay, startGithubDay } from '../support/github-day.ts';
import type { Fault } from '../support/github-emulator/faults.ts';

const minuteMs = 60_000;
const scope = 'octo/homelab';

const outages: readonly (readonly [string, Omit<Fault, 'match'>])[] = [
  ['answers 502', { status: 502, body: { message: 'Server Error' } }],
  ['cuts every connection', { reset: true }],
  ['says HTML', { status: 200, body: '<html>maintenance</html>' }],
  ['refuses the token', { status: 401, body: { message: 'Bad credentials' } }],
];

/** What the samples say of each series of a family, by its labels as `a,b`. */
function values({ latest }: GithubDay, name: string): Readonly<Record<string, number>> {
  const found = latest.all().filter(({ metric }) => metric.name === name);
  return Object.fromEntries(
    found.map(({ labels, value }) => [
      Object.values(labels)
        .filter((text) => text !== scope)
        .join(),
      value,
    ]),
  );
}

function asked({ source }: GithubDay): number {
  return [...source.requests().values()].reduce((sum, count) => sum + count, 0);
}

/** The most requests in any of the minutes. */
async function busiest(day: GithubDay, minutes: number): Promise<number> {
  let most = 0;
  for (let minute = 0; minute < minutes; minute++) {
    const before = asked(day);
    await day.pass(minuteMs);
    most = Math.max(most, asked(day) - before);
  }
  return most;
}

it.each(outages)('an hour in which GitHub %s makes no runner offline', { timeout: 60_000 }, async (_, fault) => {
  await using day = await startGithubDay({ repositories: [scope] });
  day.emulator.addRunner({ scope, name: 'here', labels: ['self-hosted'], status: 'online' });
  day.emulator.addRunner({ scope, name: 'away', labels: ['self-hosted'], status: 'offline' });
  await day.pass(10 * minuteMs);
  const usual = await busiest(day, 10);
  const offlineSince = values(day, 'github_runner_offline_since_timestamp_seconds');
  const statusTime = values(day, 'github_runner_status_timestamp_seconds');
  expect(offlineSince).toEqual({ away: expect.any(Number) });

  day.emulator.fail({ match: '', ...fault });
  await day.pass(2 * minuteMs);
  for (let minute = 2; minute < 60; minute++) {
    if (minute === 30) await day.restart();
    await day.pass(minuteMs);
    expect(values(day, 'github_runner_online')).toEqual({});
    expect(values(day, 'github_runners')).toEqual({ unknown: 2 });
    expect(day.picture.runners().map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown']);
    expect(values(day, 'github_runner_offline_since_timestamp_seconds')).toEqual(offlineSince);
  }
  // Each value says how old it is: nothing was heard since the outage began.
  const age = day.clock.now() / 1000 - (values(day, 'github_runner_status_timestamp_seconds').here ?? 0);
  expect(age).toBeGreaterThanOrEqual(3600);
  expect(age).toBeLessThan(3600 + 60);
  expect(values(day, 'github_runner_status_timestamp_seconds').here).toBeGreaterThanOrEqual(statusTime.here ?? 0);

  day.emulator.clearFaults();
  expect(await busiest(day, 10)).toBeLessThanOrEqual(usual * 1.5);
  expect(values(day, 'github_runner_online')).toEqual({ here: 1, away: 0 });
  expect(values(day, 'github_runner_offline_since_timestamp_seconds')).toEqual(offlineSince);
  expect(day.collecting.status().map(({ success }) => success)).toEqual([true, true, true, true]);
});
