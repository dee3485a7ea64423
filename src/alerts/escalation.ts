import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { type Alert, alertStatus, type Notification } from '../model/alert.ts';
import { fingerprint, type Labels } from '../model/labels.ts';
import { createAcknowledgementStore } from '../state/acknowledgements.ts';
import type { Database } from '../state/database.ts';
import { createAcknowledgements } from './acknowledge.ts';
import { linkFor } from './acknowledge-link.ts';
import { type Acknowledging, createAcknowledging } from './acknowledging.ts';
import { chainsFor, chainsOf } from './escalation-routes.ts';
import type { EscalationSettings } from './escalation-schema.ts';
import { acknowledgeStage, escalationStage } from './escalation-stages.ts';
import type { AlertGroup } from './group.ts';
import type { Stage } from './pipeline.ts';
import type { RouteNode } from './route.ts';

/** How often a step went on to tell of alerts that its receiver did not know. */
export interface EscalationCount {
  readonly chain: string;
  /** From 1. */
  readonly step: number;
  readonly count: number;
}

/** The chains of `escalations`: each step is a route beside the tree, so that all else is the pipeline's. */
export interface Escalation {
  /** The routes of all steps of all chains that take an alert with these labels. */
  routesFor(labels: Labels): readonly RouteNode[];
  /** What holds back in the steps' groups alone. */
  readonly stages: readonly Stage[];
  /** The alerts as a notification shows them: those of a step carry the link that acknowledges them. */
  linked(group: AlertGroup, alerts: readonly Alert[], at: number): readonly Alert[];
  /** Counts what a route has told, where it is a step that told somebody of alerts who did not know them. */
  count(route: RouteNode, told: readonly Notification[]): void;
  readonly acknowledging: Acknowledging;
  sweep(): void;
  stats(): { readonly acknowledgements: number; readonly escalations: readonly EscalationCount[] };
}

export interface EscalationDeps {
  readonly settings: readonly EscalationSettings[];
  /** Where people reach this instance: links start with it. */
  readonly externalURL: string;
  readonly database: Database;
  /** Every alert that was said lately. */
  readonly alerts: () => readonly Alert[];
  readonly clock: Clock;
  readonly log: Log;
}

/** The annotation that holds the link. */
const annotation = 'acknowledge_url';
/** Beyond the repetition that brings the next one. */
const linkLivesMs = 24 * 3_600_000;

export function createEscalation({ settings, externalURL, database, ...deps }: EscalationDeps): Escalation {
  const store = createAcknowledgementStore(database);
  const chains = chainsOf(settings);
  const counts = new Map(chains.flatMap(({ steps }) => steps.map((step): [RouteNode, number] => [step, 0])));
  const acknowledgements = createAcknowledgements({ ...deps, store });
  // Not with the first link: that is made in a transaction, and a key that is not on disk signs links for one process.
  if (chains.length > 0) store.key();

  function linkOf({ route, labels }: AlertGroup, at: number): string {
    const expiresAt = at + route.repeatIntervalMs + linkLivesMs;
    const claim = { chain: route.escalation?.chain ?? '', group: fingerprint(labels), at, expiresAt };
    return `${externalURL.replace(/\/+$/, '')}/${linkFor(store.key(), claim)}`;
  }

  return {
    routesFor: (labels) => chainsFor(chains, labels).flatMap(({ steps }) => steps),
    stages: [escalationStage(), acknowledgeStage(acknowledgements.of)],
    linked(group, alerts, at) {
      const isOver = alerts.every((alert) => alertStatus(alert, at) === 'resolved');
      if (!group.route.escalation || isOver) return alerts;
      const link = linkOf(group, at);
      return alerts.map((alert) => ({ ...alert, annotations: { ...alert.annotations, [annotation]: link } }));
    },
    count(route, told) {
      const known = counts.get(route);
      if (known !== undefined && told.some(isFirstHeard)) counts.set(route, known + 1);
    },
    acknowledging: createAcknowledging({ ...deps, chains, acknowledgements, key: store.key }),
    sweep: acknowledgements.sweep,
    stats: () => ({
      acknowledgements: acknowledgements.all().length,
      escalations: [...counts].flatMap(([{ escalation }, count]) =>
        escalation ? [{ chain: escalation.chain, step: escalation.number, count }] : [],
      ),
    }),
  };
}

function isFirstHeard({ reason }: Notification): boolean {
  return reason === 'first notification' || reason === 'new alerts added';
}
