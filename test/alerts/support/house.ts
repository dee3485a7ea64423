import { createDelivery, type DeliveryWorker } from '../../../src/alerts/deliver.ts';
import { createDispatcher, type Dispatcher, type DispatcherDeps } from '../../../src/alerts/dispatch.ts';
import { Escalations } from '../../../src/alerts/escalation-schema.ts';
import type { Delivery } from '../../../src/alerts/receivers/receiver.ts';
import type { Integration, Routing } from '../../../src/alerts/route.ts';
import { loadRouting } from '../../../src/alerts/routing.ts';
import { type Log, silentLog } from '../../../src/lib/log.ts';
import { type Alert, alertStatus, type Notification } from '../../../src/model/alert.ts';
import type { FlapSettings } from '../../../src/model/flap.ts';
import { fingerprint, type Labels } from '../../../src/model/labels.ts';
import { type Database, openDatabase } from '../../../src/state/database.ts';
import { FakeClock } from '../../support/fake-clock.ts';

export const start = Date.parse('2026-01-01T00:00:00Z');
const hour = 3_600_000;

export function alert(labels: Labels, over: Partial<Alert> = {}): Alert {
  const startsAt = over.startsAt ?? start;
  const base = { annotations: {}, startsAt, endsAt: start + 24 * hour, updatedAt: startsAt, generatorURL: 'http://g/' };
  return { fingerprint: fingerprint(labels), labels, ...base, ...over };
}

export function resolved(labels: Labels, endsAt: number): Alert {
  return alert(labels, { endsAt });
}

type Answer = (notification: Notification, attempt: number, signal: AbortSignal) => Delivery | Promise<Delivery>;

/** The alerts half of the house on a fake clock, with receivers that write down what they are told. */
export interface House {
  readonly clock: FakeClock;
  readonly routing: Routing;
  readonly database: Database;
  readonly dispatcher: Dispatcher;
  readonly delivery: DeliveryWorker;
  /** `12 team/webhook[0] firing A,B resolved C`, with the seconds since the start. */
  readonly told: string[];
  /** Per integration and outcome. */
  readonly counts: Map<string, number>;
  stop(): Promise<void>;
}

export interface HouseOptions {
  readonly routing: string;
  readonly clock?: FakeClock;
  readonly database?: Database;
  readonly answer?: Answer;
  readonly log?: Log;
  /** As in runnerwatch.yml. */
  readonly escalations?: unknown;
  readonly flapDamping?: FlapSettings;
  readonly limits?: NonNullable<DispatcherDeps['limits']>;
}

export function openHouse({ routing: text, clock = new FakeClock(start), ...options }: HouseOptions): House {
  const { database = openDatabase(':memory:'), answer = () => ({ ok: true }), log = silentLog } = options;
  const told: string[] = [];
  const counts = new Map<string, number>();
  const routing = withAnswers(loadRouting('alertmanager.yml', text), (id, notification, attempt, signal) => {
    told.push(`${(clock.now() - start) / 1000} ${id} ${summary(notification)}`);
    return answer(notification, attempt, signal);
  });
  const common = { routing, database, clock, log };
  const counters = {
    sent: (kind: string, outcome: string) => {
      counts.set(`${kind} ${outcome}`, (counts.get(`${kind} ${outcome}`) ?? 0) + 1);
    },
  };
  const delivery = createDelivery({ ...common, receivers: {} as never, counters, random: () => 1 });
  const escalations = { settings: Escalations.parse(options.escalations ?? []), externalURL: 'http://rw:9478/' };
  const { flapDamping, limits } = options;
  const bounds = limits ? { limits } : {};
  const dispatcher = createDispatcher({ ...common, escalations, flapDamping, ...bounds, delivery });
  const ended = new AbortController();
  const loops = [delivery.run(ended.signal), dispatcher.run(ended.signal)];
  return {
    clock,
    routing,
    database,
    dispatcher,
    delivery,
    told,
    counts,
    async stop() {
      ended.abort();
      await Promise.all(loops);
    },
  };
}

function summary({ alerts, at }: Notification): string {
  const names = (status: string): string =>
    alerts
      .filter((each) => alertStatus(each, at) === status)
      .map(({ labels }) => labels.alertname ?? '')
      .join();
  return [names('firing') && `firing ${names('firing')}`, names('resolved') && `resolved ${names('resolved')}`]
    .filter((part) => part !== '')
    .join(' ');
}

type Send = (
  id: string,
  notification: Notification,
  attempt: number,
  signal: AbortSignal,
) => Delivery | Promise<Delivery>;

/** The same routing with its receivers replaced. */
function withAnswers(routing: Routing, send: Send): Routing {
  let attempt = 0;
  const replaced = (each: Integration): Integration => ({
    ...each,
    send: async (_, notification, signal) => send(each.id, notification, attempt++, signal),
  });
  return {
    ...routing,
    receivers: new Map([...routing.receivers].map(([name, integrations]) => [name, integrations.map(replaced)])),
  };
}
