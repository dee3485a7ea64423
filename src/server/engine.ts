import { givenUpReasons } from '../alerts/attempt.ts';
import { createDelivery } from '../alerts/deliver.ts';
import { createDispatcher, type Dispatcher } from '../alerts/dispatch.ts';
import { namingWith } from '../alerts/external-labels.ts';
import type { Routing } from '../alerts/route.ts';
import { defaultRouting } from '../alerts/routing.ts';
import type { GroupHealth } from '../alerts/rule-health.ts';
import { createRuleManager } from '../alerts/rule-manager.ts';
import type { RuleGroup } from '../alerts/rules.ts';
import { reachOf } from '../alerts/rules-reach.ts';
import { withoutToldEnds } from '../alerts/told-ends.ts';
import { createUpstreams } from '../alerts/upstream.ts';
import type { Documents } from '../config/documents.ts';
import type { Config } from '../config/schema.ts';
import type { AlertmanagerView } from '../http/alertmanager/ports.ts';
import { createHttpClient } from '../lib/http.ts';
import { every, freshFlight } from '../lib/loop.ts';
import type { Alert } from '../model/alert.ts';
import type { Sample } from '../model/sample.ts';
import { engineSamples, upstreamSamples } from '../samples/engine.ts';
import { escalationSamples } from '../samples/escalation.ts';
import type { History } from '../samples/history.ts';
import { toSeries } from '../samples/history.ts';
import { ruleSamples } from '../samples/rules.ts';
import type { SelfMetrics } from '../samples/self.ts';
import { silenceSamples } from '../samples/silences.ts';
import { createAlertStateStore } from '../state/alert-state.ts';
import type { Database } from '../state/database.ts';
import { type WatchedAlert, withAcknowledgements } from './acknowledging.ts';
import { createAsking } from './asking.ts';
import type { Ground } from './sources.ts';

/** The embedded alert engine: what a Prometheus and an Alertmanager would do with the same two files. */
export interface Engine {
  /** Takes a sample of everything and evaluates every rule, with a picture that is not older than this call. */
  evaluateNow(): Promise<void>;
  /**
   * The same for news of a collector that reads by itself: what is read at each scrape is not read once more for it, unless
   * that was longer ago than an evaluation interval.
   */
  evaluateShown(): Promise<void>;
  alerts(): readonly WatchedAlert[];
  /** Every group of rules, in the order of the files. */
  rules(): readonly GroupHealth[];
  readonly alertmanager: AlertmanagerView;
  /** How full its bounded stores are. */
  samples(): readonly Sample[];
  /** Runs until the signal ends. */
  run(signal: AbortSignal): Promise<void>;
  /** The alerts that the engine after a reload goes on with. */
  held(): readonly Alert[];
  /** Gives deliveries that are under way a last chance; what is not sent stays on disk. */
  drain(): Promise<void>;
}

interface Parts {
  readonly config: Config;
  readonly documents: Documents;
  readonly database: Database;
  readonly history: History;
  readonly self: SelfMetrics;
  /** Runs the collectors that are read at each scrape. */
  readonly refresh: () => Promise<void>;
  /** All samples as they are shown now. */
  readonly shown: () => Promise<readonly Sample[]>;
  /** What the engine before a reload held. */
  readonly carried?: readonly Alert[];
}

const drainMs = 5000;
/** Prometheus' look-back: the least that any instant selector needs. */
const lookbackMs = 300_000;

export function createEngine(parts: Parts, ground: Ground): Engine {
  const { config, documents, history, refresh, shown } = parts;
  const { clock } = ground;
  const pipeline = createPipeline(parts, ground);
  const { manager, dispatcher, delivery, upstreams, routing } = pipeline;
  const asking = createAsking({ ...ground, ...parts, ...pipeline, isRouting: isRouting(parts) });
  const naming = namingWith(config.rules.external_labels);
  const intervalMs = config.rules.evaluation_interval;
  history.setRetention(retentionFor(documents.groups, intervalMs));

  /** Nothing comes between the time and the call: of two evaluations, the later one never has the earlier time. */
  async function evaluateAt(evaluate: (at: number) => Promise<void>): Promise<void> {
    const samples = await shown();
    const at = clock.now();
    history.append('scrape', at, toSeries(samples, config.scrape));
    await evaluate(at);
  }

  let refreshedAt: number | undefined;
  async function refreshAll(): Promise<void> {
    await refresh();
    refreshedAt = clock.monotonic();
  }

  async function refreshOld(): Promise<void> {
    if (refreshedAt === undefined || clock.monotonic() - refreshedAt > intervalMs) await refreshAll();
  }
  return {
    evaluateNow: freshFlight(async () => {
      await refreshAll();
      await evaluateAt(manager.evaluate);
    }),
    evaluateShown: freshFlight(async () => {
      await refreshOld();
      await evaluateAt(manager.evaluate);
    }),
    alerts: () => withAcknowledgements(manager.alerts(), dispatcher.escalation, naming),
    rules: () => manager.groups(),
    alertmanager: { ...viewOf(dispatcher, routing), ...asking },
    samples: () => [
      ...engineSamples(history.stats(), dispatcher.stats(), dispatcher.silences.stats()),
      ...silenceSamples(dispatcher.holding()),
      ...escalationSamples(dispatcher.escalation.stats()),
      ...upstreamSamples(upstreams.stats()),
      ...ruleSamples(manager.groups()),
    ],
    run: async (signal) => {
      const evaluating = every(clock, intervalMs, signal, async () => {
        await refreshAll();
        await evaluateAt(manager.evaluateDue);
      });
      await Promise.all([evaluating, dispatcher.run(signal), delivery.run(signal), upstreams.run(signal)]);
    },
    held: dispatcher.held,
    drain: async () => {
      await delivery.drain(drainMs);
    },
  };
}

/** Without a file of its own the routing is left to real Alertmanagers, where there are some. */
function isRouting({ documents, config }: Pick<Parts, 'documents' | 'config'>): boolean {
  return documents.routing !== undefined || config.alertmanagers.length === 0;
}

function createPipeline({ config, documents, database, history, self, carried = [] }: Parts, ground: Ground) {
  const { clock, log, readFile, userAgent } = ground;
  const routing = documents.routing ?? defaultRouting();
  const externalURL = config.external_url;
  const receivers = { http: createHttpClient(clock), clock, externalURL, userAgent, readFile };
  const upstreams = createUpstreams(config.alertmanagers, { receivers, log, random: Math.random });
  const delivery = createDelivery({
    database,
    routing,
    receivers,
    clock,
    log,
    counters: { sent: self.countNotification },
    random: Math.random,
  });
  const escalations = { settings: config.escalations, externalURL };
  const kinds = [...routing.receivers.values()].flat().map(({ kind }) => kind);
  self.expectNotifications([...new Set(kinds)], givenUpReasons);
  const flapDamping = config.flap_damping;
  const dispatcher = createDispatcher({
    ...{ routing, escalations, flapDamping, database, delivery, clock, log },
    carried,
  });
  const news = withoutToldEnds({ database, clock });
  const manager = createRuleManager({
    groups: documents.groups,
    intervalMs: config.rules.evaluation_interval,
    history,
    clock,
    log,
    store: createAlertStateStore(database),
    externalURL,
    externalLabels: config.rules.external_labels,
    onAlerts: (alerts) => {
      upstreams.accept(alerts);
      if (isRouting({ documents, config })) dispatcher.accept(news(alerts));
    },
  });
  return { manager, dispatcher, delivery, upstreams, routing };
}

function viewOf(
  { accept, alerts, groups, silences, escalation }: Dispatcher,
  { resolveTimeoutMs, receivers, shown: original }: Routing,
): Omit<AlertmanagerView, 'why' | 'deadLetters'> {
  const shown = { resolveTimeoutMs, receivers: [...receivers.keys()], original };
  return { accept, alerts, groups, silences, escalation, ...shown };
}

/** As far back as any rule looks, and two intervals more for a late evaluation. */
function retentionFor(groups: readonly RuleGroup[], intervalMs: number): number {
  const needs = groups.flatMap((group) => group.rules.map((rule) => reachOf(group, rule)));
  return needs.reduce((most, ms) => Math.max(most, ms), lookbackMs) + 2 * intervalMs;
}
