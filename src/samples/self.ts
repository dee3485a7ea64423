import { Counter, Gauge, Registry } from 'prom-client';
import { counter, gauge, type Sample } from '../model/sample.ts';
import { type AuditMeter, createAuditMeter } from './audit-meter.ts';

/** What Runnerwatch says of itself while it works, as prom-client's own metrics. */
export interface SelfMetrics {
  readonly registry: Registry;
  readonly audit: AuditMeter;
  countRecovery(action: string, outcome: string): void;
  /** Counts nothing yet for these actions, so that increase() sees the first of each outcome that an alert asks for. */
  expectRecoveries(actions: readonly string[]): void;
  /** `givenUp`: why, where it was. */
  countNotification(integration: string, outcome: string, givenUp?: string): void;
  /** Counts nothing yet for these integrations, so that the first of each outcome is seen. */
  expectNotifications(integrations: readonly string[], givenUp: readonly string[]): void;
  /** One request to /relays/<relay>. */
  countRelay(relay: string, outcome: string): void;
  /** `at` is the wall time in milliseconds. */
  reloaded(ok: boolean, at: number): void;
  dockerEvents(connected: boolean): void;
  /** One delivery to /webhooks/github. */
  countWebhook(event: string, outcome: string): void;
  /** `at` is the wall time in milliseconds. */
  webhookAccepted(at: number): void;
  /** The registry's present values, for the rules that are evaluated here. */
  samples(): Promise<readonly Sample[]>;
}

export function createSelfMetrics(
  build: { readonly version: string; readonly nodeVersion: string },
  pendingNotifications: () => number,
  deadNotifications: () => number = () => 0,
): SelfMetrics {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'runnerwatch_build_info',
    help: 'A constant 1, labelled by the version of Runnerwatch and of Node that runs it.',
    labelNames: ['version', 'nodeversion'],
    registers,
  }).set({ version: build.version, nodeversion: build.nodeVersion }, 1);
  const recoveries = new Counter({
    name: 'runnerwatch_recoveries_total',
    help: 'Decisions of recovery and the outcomes of what it did, by action and outcome.',
    labelNames: ['action', 'outcome'],
    registers,
  });
  const notifications = createNotificationMetrics(registers, deadNotifications);
  const relayed = new Counter({
    name: 'runnerwatch_relayed_notifications_total',
    help: 'Notifications that a relay was to hand on, by relay and outcome; after retry the sender tries again.',
    labelNames: ['relay', 'outcome'],
    registers,
  });
  new Gauge({
    name: 'runnerwatch_notifications_pending',
    help: 'Notifications on disk that no receiver has accepted yet.',
    registers,
    collect() {
      this.set(pendingNotifications());
    },
  });
  notifications.expect(['webhook'], []);
  const reloadSuccess = new Gauge({
    name: 'runnerwatch_config_last_reload_successful',
    help: 'Whether the last load of the configuration succeeded (1) or not (0).',
    registers,
  });
  const reloadTime = new Gauge({
    name: 'runnerwatch_config_last_reload_success_timestamp_seconds',
    help: 'When the configuration was last loaded successfully.',
    registers,
  });
  const events = new Gauge({
    name: 'runnerwatch_docker_events_connected',
    help: "Whether Docker's event stream is connected (1) or not (0).",
    registers,
  });
  const webhooks = createWebhookMetrics(registers);
  return {
    registry,
    audit: createAuditMeter(registry),
    countWebhook: (event, outcome) => webhooks.events.inc({ event, outcome }),
    webhookAccepted: (at) => webhooks.lastEvent.set(at / 1000),
    countRecovery: (action, outcome) => recoveries.inc({ action, outcome }),
    expectRecoveries: (actions) => {
      for (const action of actions)
        for (const outcome of ['succeeded', 'failed', 'budget']) recoveries.inc({ action, outcome }, 0);
    },
    countNotification: notifications.count,
    expectNotifications: notifications.expect,
    countRelay: (relay, outcome) => relayed.inc({ relay, outcome }),
    reloaded: (ok, at) => {
      reloadSuccess.set(Number(ok));
      if (ok) reloadTime.set(at / 1000);
    },
    dockerEvents: (connected) => events.set(Number(connected)),
    samples: () => samplesOf(registry),
  };
}

/** What can come of an attempt. */
const outcomes = ['success', 'retry', 'dead', 'superseded'] as const;

function createNotificationMetrics(registers: Registry[], dead: () => number) {
  const total = new Counter({
    name: 'runnerwatch_notifications_total',
    help: 'Attempts to deliver a notification, by integration and outcome.',
    labelNames: ['integration', 'outcome'],
    registers,
  });
  const givenUp = new Counter({
    name: 'runnerwatch_notifications_given_up_total',
    help: 'Notifications that became dead letters, by integration and reason.',
    labelNames: ['integration', 'reason'],
    registers,
  });
  new Gauge({
    name: 'runnerwatch_notifications_dead',
    help: 'Notifications that were given up and are kept, so that they can be sent again.',
    registers,
    collect() {
      this.set(dead());
    },
  });
  return {
    count(integration: string, outcome: string, reason?: string): void {
      total.inc({ integration, outcome });
      if (reason !== undefined) givenUp.inc({ integration, reason });
    },
    expect(integrations: readonly string[], reasons: readonly string[]): void {
      for (const integration of integrations) {
        for (const outcome of outcomes) total.inc({ integration, outcome }, 0);
        for (const reason of reasons) givenUp.inc({ integration, reason }, 0);
      }
    },
  };
}

function createWebhookMetrics(registers: readonly Registry[]) {
  const events = new Counter({
    name: 'runnerwatch_webhook_events_total',
    help: 'Deliveries to /webhooks/github, by event and what came of them.',
    labelNames: ['event', 'outcome'],
    registers: [...registers],
  });
  for (const event of ['workflow_job', 'workflow_run']) events.inc({ event, outcome: 'accepted' }, 0);
  for (const event of ['workflow_job', 'workflow_run', 'ping', 'other'])
    events.inc({ event, outcome: 'bad_signature' }, 0);
  const lastEvent = new Gauge({
    name: 'runnerwatch_webhook_last_event_timestamp_seconds',
    help: 'When GitHub last told of a job or run of a repository that is watched; absent before the first.',
    registers: [...registers],
  });
  // prom-client begins at 0, which would read as 1970.
  lastEvent.remove();
  return { events, lastEvent };
}

interface RegisteredFamily {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
  readonly values: readonly {
    readonly labels: Partial<Record<string, string | number>>;
    readonly value: number;
    /** The part of the family, where it has parts. */
    readonly metricName?: string;
  }[];
}

async function samplesOf(registry: Registry): Promise<readonly Sample[]> {
  const families = (await registry.getMetricsAsJSON()) as readonly RegisteredFamily[];
  return families.flatMap(({ name, help, type, values }) =>
    values.map(({ labels, value, metricName = name }) => {
      const build = String(type) === 'counter' ? counter : gauge;
      // A histogram's three parts have names of their own.
      return { metric: build(metricName, help, Object.keys(labels)), labels: textLabels(labels), value };
    }),
  );
}

function textLabels(labels: Partial<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value ?? '')]));
}
