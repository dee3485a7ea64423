import type { Clock } from '../lib/clock.ts';
import { createStepWatch } from '../lib/clock-step.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import { type Alert, heldOver } from '../model/alert.ts';
import type { FlapSettings } from '../model/flap.ts';
import type { Labels } from '../model/labels.ts';
import type { Database } from '../state/database.ts';
import { createDecisions } from '../state/decisions.ts';
import { createFlapStore } from '../state/flapping.ts';
import { createNotificationLog } from '../state/notification-log.ts';
import { createSilenceStore } from '../state/silences.ts';
import { createAlertStore } from './alert-store.ts';
import { createBell } from './bell.ts';
import type { DeliveryWorker } from './deliver.ts';
import { type AlertView, createDispatchViews, type GroupView, type Place } from './dispatch-views.ts';
import { createEscalation, type Escalation } from './escalation.ts';
import type { EscalationSettings } from './escalation-schema.ts';
import { createFlapDamper } from './flap.ts';
import { createFlusher } from './flusher.ts';
import { type AlertGroup, insert } from './group.ts';
import { createGroupTable, type GroupLimits } from './group-table.ts';
import { createInhibitor, type Inhibitor } from './inhibit.ts';
import { type Suppression, type Suppressor, suppressors } from './pipeline.ts';
import { matchRoute, type RouteNode, type Routing } from './route.ts';
import { createSilences, type Silences } from './silences.ts';
import { type HoldingSilence, silencesHolding } from './silences-holding.ts';

export interface DispatcherDeps {
  readonly routing: Routing;
  readonly database: Database;
  readonly delivery: Pick<DeliveryWorker, 'wake'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Chains beside the routing, and where their links lead. */
  readonly escalations?: { readonly settings: readonly EscalationSettings[]; readonly externalURL: string };
  /** Undefined: each change is told, as Alertmanager does. */
  readonly flapDamping?: FlapSettings | undefined;
  readonly limits?: GroupLimits & { readonly alerts: number };
  /** What the dispatcher before a reload held; none after a start. */
  readonly carried?: readonly Alert[];
}

export interface Dispatcher {
  /** Takes alerts in; groups that are due at once are flushed before it returns. */
  accept(alerts: readonly Alert[]): void;
  groups(): readonly GroupView[];
  /** All of them, or those with labels that are asked for. */
  alerts(isAsked?: (labels: Labels) => boolean): readonly AlertView[];
  alert(fingerprint: string): Alert | undefined;
  /** Where alerts with these labels go, or would go. */
  placesOf(labels: Labels): readonly Place[];
  readonly silences: Silences;
  /** What a dispatcher that takes the place of this one goes on with: nobody says again what came by the API once. */
  held(): readonly Alert[];
  /** The silences that hold back alerts which fire. */
  holding(): readonly HoldingSilence[];
  readonly escalation: Pick<Escalation, 'acknowledging' | 'stats'>;
  /** `dropped`: alerts that a bound kept out; `suppressed`: those that were held back at a flush; since the start. */
  stats(): {
    readonly groups: number;
    readonly alerts: number;
    readonly dropped: number;
    readonly flapping: number;
    readonly suppressed: ReadonlyMap<Suppressor, number>;
  };
  /** Flushes groups as they fall due, until the signal ends. */
  run(signal: AbortSignal): Promise<void>;
}

const defaultLimits = { groups: 10_000, stepGroups: 30_000, alerts: 50_000 };
const sweepEveryMs = 30_000;

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { routing, database, delivery, clock, log, limits = defaultLimits } = deps;
  const store = createAlertStore(limits.alerts);
  const groups = createGroupTable(limits);
  const suppressed = new WeakMap<AlertGroup, readonly Suppression[]>();
  const bell = createBell(clock);
  const notificationLog = createNotificationLog(database);
  const decisions = createDecisions(database);
  const silences = createSilences({ store: createSilenceStore(database), clock, log });
  const { escalations = { settings: [], externalURL: '' } } = deps;
  const escalation = createEscalation({ ...escalations, database, alerts: store.all, clock, log });
  const damper = createFlapDamper({ settings: deps.flapDamping, store: createFlapStore(database), clock, log });
  let unplaced = damper.restored;
  const counts = new Map<Suppressor, number>(suppressors.map((by) => [by, 0]));
  let moment: { readonly at: number; readonly inhibitor: Inhibitor } | undefined;
  let dropped = 0;
  let sweptAt = clock.now();
  const clockStep = createStepWatch(clock);

  /** One for each moment: the index over all alerts costs more than a question to it. */
  function inhibitor(): Inhibitor {
    const at = clock.now();
    if (moment?.at !== at) moment = { at, inhibitor: createInhibitor(routing.inhibitRules, store.all(), at) };
    return moment.inhibitor;
  }
  const flush = createFlusher({
    ...{ routing, database, log, inhibitor },
    ...{ silencing: silences.silencing, silence: silences.get, alert: store.get, escalation, damper },
  });

  const views = createDispatchViews({
    ...{ routing, groups, silences, clock, inhibitor },
    suppressedIn: (group) => suppressed.get(group) ?? [],
  });

  function routesFor(labels: Labels): readonly RouteNode[] {
    return [...matchRoute(routing, labels), ...escalation.routesFor(labels)];
  }

  /** With what is said first, so that their groups are told as a whole. */
  function placeRestored(now: number): void {
    for (const alert of unplaced) if (!store.get(alert.fingerprint)) place(alert, now);
    unplaced = [];
  }

  /** At once: their groups are whole. Of what was held back the damper knows better. */
  function placeCarried({ carried = [] }: Pick<DispatcherDeps, 'carried'>): void {
    const isRestored = new Set(damper.restored.map(({ fingerprint }) => fingerprint));
    for (const alert of carried) {
      if (!isRestored.has(alert.fingerprint) && !store.get(alert.fingerprint)) place(alert, clock.now());
    }
  }

  function place(said: Alert, now: number): void {
    const alert = store.put(said, now);
    if (!alert) {
      drop(said, 'alert dropped: too many alerts');
      return;
    }
    const full = routesFor(alert.labels).filter((route) => {
      const group = groups.obtain(route, alert.labels, now);
      if (group) insert(group, alert, now);
      return !group;
    });
    if (full.length === 0) return;
    const isSteps = full.every(({ escalation }) => escalation !== undefined);
    drop(said, isSteps ? 'no step of an escalation tells an alert: too many groups' : 'alert dropped: too many groups');
  }

  function drop({ labels }: Alert, message: string): void {
    dropped++;
    log.error({ alertname: labels.alertname, limits }, message);
  }

  /** The clock was set forward, or the machine fell asleep. */
  function holdOver(now: number, step: number): void {
    damper.holdOver(now, step);
    for (const alert of store.all()) {
      const held = heldOver(alert, now, step);
      if (held !== alert) place(held, now);
    }
  }

  /** As Alertmanager's timers, which ask the monotonic clock: a group neither waits for the step nor is told early. */
  function followClock(): void {
    const step = clockStep();
    if (step === 0) return;
    groups.postpone(step);
    sweptAt += step;
    holdOver(clock.now(), step);
    log.warn({ stepMs: step }, 'the clock was set: groups keep their turns');
  }

  function flushDue(): void {
    followClock();
    const now = clock.now();
    const due = groups.all().filter(({ nextFlushAt }) => nextFlushAt <= now);
    if (due.length > 0) flushAll(due, now);
    if (now - sweptAt >= sweepEveryMs) sweep(now);
  }

  function flushAll(due: readonly AlertGroup[], now: number): void {
    for (const [group, reasons] of flush(due, now)) {
      suppressed.set(group, reasons);
      countInto(counts, reasons);
    }
    for (const group of due) if (group.alerts.size === 0) groups.remove(group);
    delivery.wake();
  }

  function sweep(now: number): void {
    sweptAt = now;
    placeRestored(now);
    damper.sweep(now);
    try {
      // Before the store forgets what has ended: an acknowledgement ends with its alert.
      escalation.sweep();
      notificationLog.expire(now);
      silences.sweep();
      decisions.sweep(now);
    } catch (error) {
      log.error({ reason: reasonOf(error) }, 'what is kept of notifications could not be swept');
    }
    store.sweep(now, sweepEveryMs);
  }

  return {
    silences,
    held: () => [...new Map(groups.all().flatMap((group) => [...group.alerts])).values()],
    holding: () => silencesHolding(silences.all(), store.all(), clock.now()),
    escalation,
    accept(alerts) {
      followClock();
      const now = clock.now();
      for (const alert of alerts) place(damper.take(alert, now), now);
      placeRestored(now);
      damper.keep();
      moment = undefined;
      flushDue();
      bell.ring();
    },
    groups: () => groups.all().map(views.ofGroup),
    alerts: (isAsked = () => true) =>
      store
        .all()
        .filter(({ labels }) => isAsked(labels))
        .map(views.ofAlert),
    alert: store.get,
    placesOf: (labels) => routesFor(labels).map((route) => views.ofPlace(route, labels)),
    stats: () => ({
      groups: groups.size,
      alerts: store.size,
      dropped,
      flapping: damper.count(clock.now()),
      suppressed: counts,
    }),
    async run(signal) {
      placeCarried(deps);
      while (!signal.aborted) {
        flushDue();
        const next = (groups.nextFlushAt() ?? Number.POSITIVE_INFINITY) - clock.now();
        await bell.sleep(Math.min(sweepEveryMs, Math.max(0, next)), signal);
      }
    },
  };
}

function countInto(counts: Map<Suppressor, number>, reasons: readonly Suppression[]): void {
  for (const { by } of reasons) if (by) counts.set(by, (counts.get(by) ?? 0) + 1);
}
