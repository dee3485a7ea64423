import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { rfc3339, systemClock } from '../../src/lib/clock.ts';
import { startServer } from '../support/server.ts';
import { needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

const run = promisify(execFile);

interface Shown {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

async function noticesOf(url: string): Promise<readonly Shown[]> {
  const answer = await fetch(`${url}/api/v2/alerts?filter=alertname="SilenceEndsWithAlertFiring"`);
  return (await answer.json()) as readonly Shown[];
}

async function post(url: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return answer;
}

describe.skipIf(needs('amtool'))('a silence that is about to end while what it holds back fires', () => {
  it('says so, and is extended by what the notice says', { timeout: 60_000 }, async () => {
    const settings = { scrape: { instance: 'here:9478' }, rules: { evaluation_interval: '1s' } };
    await using rw = await startServer({ settings });
    const now = systemClock.now();
    const times = { startsAt: rfc3339(now), endsAt: rfc3339(now + 10 * 60_000) };
    await post(`${rw.url}/api/v2/alerts`, [{ labels: { alertname: 'DiskDying', host: 'a' }, ...times }]);
    const matchers = [{ name: 'host', value: 'a', isRegex: false }];
    const silence = { matchers, ...times, createdBy: 'ada', comment: 'a new disk comes' };
    const { silenceID } = (await (await post(`${rw.url}/api/v2/silences`, silence)).json()) as { silenceID: string };

    const what = () => 'the notice among the alerts';
    await waitUntil(async () => (await noticesOf(rw.url)).length > 0, { timeoutMs: 20_000, what });
    const [notice] = await noticesOf(rw.url);
    expect(notice?.labels).toEqual({
      alertname: 'SilenceEndsWithAlertFiring',
      ...{ job: 'runnerwatch', instance: 'here:9478', severity: 'warning' },
      ...{ silence: silenceID, matchers: '{host="a"}', created_by: 'ada' },
    });
    expect(await rw.metrics()).not.toContain('a new disk comes');

    const command = notice?.annotations.description?.split('\n').at(-1) ?? '';
    expect(command).toMatch(/^amtool --alertmanager\.url http:\/\/here:9478 silence update --end /);
    await run('sh', ['-c', command.replace('http://here:9478', rw.url)]);
    const { endsAt } = (await (await fetch(`${rw.url}/api/v2/silence/${silenceID}`)).json()) as { endsAt: string };
    expect(Date.parse(endsAt) - now).toBeGreaterThan(110 * 60_000);
    const end = () => 'an end of the notice';
    await waitUntil(async () => (await noticesOf(rw.url)).length === 0, { timeoutMs: 20_000, what: end });
  });
});
