import { payload } from '../../../src/alerts/payload.ts';
import type { Delivery } from '../../../src/alerts/receivers/receiver.ts';
import { createRelays } from '../../../src/alerts/relays.ts';
import { Relays } from '../../../src/alerts/relays-config.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createHttpClient } from '../../../src/lib/http.ts';
import { type Log, silentLog } from '../../../src/lib/log.ts';
import type { Alert, Notification } from '../../../src/model/alert.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { alert, resolved, start } from './house.ts';

const offline = { alertname: 'RunnerOffline', runner: 'ci-1', severity: 'critical' };
const summary = { summary: 'ci-1 is <offline>.', description: 'GitHub does not see it.' };

export const fired = alert(offline, { annotations: summary });
export const ended: Alert = { ...resolved(offline, start - 1000), annotations: summary, startsAt: start - 60_000 };

/** What a webhook of Alertmanager tells of these alerts. */
export function webhookOf(...alerts: readonly Alert[]): unknown {
  const groupLabels = { alertname: 'RunnerOffline' };
  const notification: Notification = {
    ...{ groupKey: '{}:{alertname="RunnerOffline"}', receiver: 'my.phone', groupLabels, alerts },
    ...{ at: start, truncatedAlerts: 0, reason: 'first notification' },
  };
  return JSON.parse(JSON.stringify(payload(notification, 'http://am:9093')));
}

export interface OpenRelay {
  readonly clock: FakeClock;
  readonly counted: readonly string[];
  send(body?: unknown, signal?: AbortSignal): Promise<Delivery | undefined>;
}

/** One relay with this configuration; times of its connections are real ones. */
export function openRelay(config: object, over: { readonly log?: Log; readonly files?: object } = {}): OpenRelay {
  const clock = new FakeClock(start);
  const counted: string[] = [];
  const files = new Map<string, string>(Object.entries(over.files ?? {}));
  const readFile = async (path: string): Promise<string> => {
    const text = files.get(path);
    if (text === undefined) throw new Error(`${path} does not exist`);
    return text;
  };
  const receivers = { http: createHttpClient(systemClock), clock, userAgent: 'runnerwatch/0.1.0', readFile };
  const relays = createRelays(Relays.parse({ x: config }), {
    ...{ receivers, clock, log: over.log ?? silentLog },
    count: (name, outcome) => void counted.push(`${name} ${outcome}`),
  });
  return {
    clock,
    counted,
    send: (body = webhookOf(fired), signal = new AbortController().signal) => relays.send('x', body, signal),
  };
}
