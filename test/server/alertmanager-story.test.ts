import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rfc3339, systemClock } from '../../src/lib/clock.ts';
import { startAlertmanager, temporaryFolder } from '../support/processes.ts';
import { startServer } from '../support/server.ts';
import { needs } from '../support/services.ts';
import { createSink, type Sink } from '../support/sink.ts';
import { waitUntil } from '../support/wait.ts';

const everyYear = '[{ years: ["1970:2100"] }]';

function routing(sink: Sink): string {
  return `
route:
  receiver: team
  group_by: [group]
  group_wait: 0s
  group_interval: 1s
  routes:
    - { matchers: [muted="yes"], receiver: team, mute_time_intervals: [always] }
    - { matchers: [muted="no"], receiver: team, mute_time_intervals: [never], active_time_intervals: [always, never] }
    - { matchers: [muted="inactive"], receiver: team, active_time_intervals: [never] }
receivers: [{ name: team, webhook_configs: [{ url: "http://127.0.0.1:${sink.port}/" }] }]
inhibit_rules: [{ source_matchers: [alertname=Source], target_matchers: [alertname=Target] }]
time_intervals: [{ name: always, time_intervals: ${everyYear} }, { name: never, time_intervals: [{ years: [1970] }] }]
`;
}

/** Somebody who is told to, with what they told. */
interface Teller {
  readonly url: string;
  readonly sink: Sink;
}

interface Body {
  readonly groupKey: string;
  readonly alerts: readonly { readonly status: string; readonly labels: { readonly alertname: string } }[];
}

function toldBy({ sink }: Teller): readonly string[] {
  return (sink.bodies as readonly Body[]).map(({ groupKey, alerts }) => {
    const names = alerts.map(({ status, labels }) => `${labels.alertname} ${status}`);
    return `${groupKey}: ${names.join(', ')}`;
  });
}

async function post(url: string, body: unknown): Promise<{ readonly silenceID?: string }> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answered with ${answer.status}: ${await answer.text()}`);
  return JSON.parse((await answer.text()) || '{}') as { readonly silenceID?: string };
}

const hour = 3_600_000;

function fire(labels: Readonly<Record<string, string>>, endsAt = systemClock.now() + hour) {
  return { labels: { group: 'g', ...labels }, startsAt: rfc3339(systemClock.now() - hour), endsAt: rfc3339(endsAt) };
}

/** Adds a silence and gives its end. */
async function silence({ url }: Teller, alertname: string): Promise<() => Promise<void>> {
  const matchers = [{ name: 'alertname', value: alertname, isRegex: false }];
  const times = { startsAt: rfc3339(systemClock.now()), endsAt: rfc3339(systemClock.now() + hour) };
  const { silenceID } = await post(`${url}/api/v2/silences`, { matchers, ...times, createdBy: 'me', comment: '' });
  return async () => void (await fetch(`${url}/api/v2/silence/${silenceID}`, { method: 'DELETE' }));
}

async function tellStory(teller: Teller): Promise<readonly string[]> {
  const say = (...alerts: readonly unknown[]) => post(`${teller.url}/api/v2/alerts`, alerts);
  const until = (count: number) =>
    waitUntil(() => teller.sink.bodies.length >= count, {
      timeoutMs: 10_000,
      what: () => `${count} notifications among ${toldBy(teller).join('; ')}`,
    });
  const endSilence = await silence(teller, 'A');
  await say(fire({ alertname: 'A' }), fire({ alertname: 'B' }));
  await until(1);
  await endSilence();
  await until(2);
  await silence(teller, 'C');
  await say(fire({ alertname: 'C' }), fire({ alertname: 'D' }));
  await until(3);
  await say(fire({ alertname: 'B' }, systemClock.now() - 1));
  await until(4);
  for (const muted of ['yes', 'inactive', 'no']) await say(fire({ alertname: 'M', muted, group: muted }));
  await until(5);
  await say(fire({ alertname: 'Source', group: 's' }));
  await until(6);
  await say(fire({ alertname: 'Target', group: 't' }), fire({ alertname: 'Other', group: 't' }));
  await until(7);
  return toldBy(teller);
}

describe.skipIf(needs('alertmanager'))('silences, time intervals and inhibition', () => {
  it('keep silent and let speak as in a real Alertmanager, in the same order', { timeout: 40_000 }, async () => {
    await using stack = new AsyncDisposableStack();
    const sinks = [stack.use(await createSink()), stack.use(await createSink())] as const;
    const folder = stack.use(temporaryFolder({ 'alertmanager.yml': routing(sinks[1]) }));
    const settings = { rules: { files: [] }, alertmanager: { config_file: join(folder.path, 'alertmanager.yml') } };
    const real = stack.use(await startAlertmanager({ configText: routing(sinks[0]) }));
    const ours = stack.use(await startServer({ settings }));
    const [expected, told] = await Promise.all([
      tellStory({ url: real.url, sink: sinks[0] }),
      tellStory({ url: ours.url, sink: sinks[1] }),
    ]);
    expect(told).toEqual(expected);
    expect(told).toEqual([
      '{}:{group="g"}: B firing',
      '{}:{group="g"}: A firing, B firing',
      '{}:{group="g"}: A firing, B firing, D firing',
      '{}:{group="g"}: A firing, B resolved, D firing',
      '{}/{muted="no"}:{group="no"}: M firing',
      '{}:{group="s"}: Source firing',
      '{}:{group="t"}: Other firing',
    ]);
  });
});
