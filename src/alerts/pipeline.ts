import { type Alert, alertStatus, type NotificationReason } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import type { NotificationLogEntry } from '../state/notification-log.ts';
import { newsIn, toldBy } from './dedup.ts';
import type { FlapDamper } from './flap.ts';
import type { AlertGroup } from './group.ts';
import type { Inhibitor } from './inhibit.ts';
import { muteOf } from './mute.ts';
import type { TimeIntervals } from './time-interval.ts';

/** One way out of a receiver, as the pipeline sees it. */
export interface Channel {
  readonly id: string;
  readonly sendResolved: boolean;
}

/** What can keep an alert from being told, in the words of Alertmanager's metric, and what it has no word for. */
export const suppressors = [
  'inhibition',
  'active_time_interval',
  'mute_time_interval',
  'silence',
  'escalation',
  'acknowledgement',
  'flapping',
] as const;
export type Suppressor = (typeof suppressors)[number];

export interface Suppression {
  /** Undefined: the group as a whole. */
  readonly fingerprint: string | undefined;
  readonly reason: string;
  /** Undefined where there was nothing new to tell. */
  readonly by: Suppressor | undefined;
  /** Fingerprints of the inhibiting alerts, ids of silences, names of time intervals, steps, or who acknowledged. */
  readonly sources: readonly string[];
  /** When it ends, where the stage knows that. */
  readonly until?: number | undefined;
}

/** One group's alerts on their way to one channel. */
export interface Flush {
  readonly group: AlertGroup;
  readonly channel: Channel;
  readonly at: number;
  /** What the channel was last told of the group, as far as that still counts. */
  readonly entry: NotificationLogEntry | undefined;
}

export interface StageResult {
  readonly alerts: readonly Alert[];
  readonly suppressed: readonly Suppression[];
  /** Why the rest is told now; the stage that knows says it. */
  readonly reason?: NotificationReason;
}

/** Lets alerts through or says why not. */
export type Stage = (flush: Flush, alerts: readonly Alert[]) => StageResult;

/** Every stage in turn, until nothing is left to tell. */
export function runStages(stages: readonly Stage[], flush: Flush, alerts: readonly Alert[]): StageResult {
  let result: StageResult = { alerts, suppressed: [] };
  for (const stage of stages) {
    if (result.alerts.length === 0) break;
    const after = stage(flush, result.alerts);
    result = { ...after, suppressed: [...result.suppressed, ...after.suppressed] };
  }
  return result;
}

/** The fingerprints that the channel holds for firing. */
export function heldForFiring(entry: NotificationLogEntry | undefined): ReadonlySet<string> {
  return new Set([...(entry?.firing ?? []), ...(entry?.held ?? [])]);
}

/**
 * Holds back what has sources, but not the end of what was told as firing: who was told of a fire is told that it is
 * out. Alertmanager would hold that back as well.
 */
function holdingBack(by: Suppressor, words: string, sourcesOf: (labels: Labels) => readonly string[]): Stage {
  return ({ entry, at }, alerts) => {
    const told = heldForFiring(entry);
    const judged = alerts.map((alert) => {
      const owed = alertStatus(alert, at) === 'resolved' && told.has(alert.fingerprint);
      return { alert, sources: owed ? [] : sourcesOf(alert.labels) };
    });
    return {
      alerts: judged.filter(({ sources }) => sources.length === 0).map(({ alert }) => alert),
      suppressed: judged
        .filter(({ sources }) => sources.length > 0)
        .map(({ alert, sources }) => ({
          fingerprint: alert.fingerprint,
          reason: `${words} ${sources.join(', ')}`,
          ...{ by, sources },
        })),
    };
  };
}

export function inhibitStage(inhibitor: () => Inhibitor): Stage {
  return holdingBack('inhibition', 'inhibited by fingerprint', (labels) => inhibitor()(labels));
}

/** `silencing` gives the ids of the silences that match. */
export function silenceStage(silencing: (labels: Labels) => readonly string[]): Stage {
  return holdingBack('silence', 'silenced by', silencing);
}

/** By the clock of the route's intervals: the whole group or nothing of it. */
export function timeStage(intervals: TimeIntervals): Stage {
  return ({ group, at }, alerts) => {
    const mute = muteOf(intervals, group.route, at);
    if (!mute) return { alerts, suppressed: [] };
    const { by, names: sources } = mute;
    const names = sources.join(', ');
    const reason =
      by === 'mute_time_interval' ? `muted by time interval ${names}` : `outside of time interval ${names}`;
    return {
      alerts: [],
      suppressed: alerts.map(({ fingerprint }) => ({ fingerprint, reason, by, sources })),
    };
  };
}

/** Flapping alerts are told as firing; that the end of one is held back has a reason nevertheless. */
export function flapStage(damper: Pick<FlapDamper, 'holding'>): Stage {
  return ({ at }, alerts) => ({
    alerts,
    suppressed: alerts.flatMap(({ fingerprint }) => {
      const hold = damper.holding(fingerprint, at);
      return hold ? [{ fingerprint, ...hold, by: 'flapping' as const, sources: [] }] : [];
    }),
  });
}

/** All of the group or nothing: a notification always shows the whole group. */
export function dedupStage(damper: Pick<FlapDamper, 'since'>): Stage {
  return ({ group, channel, at, entry }, alerts) => {
    const { repeatIntervalMs } = group.route;
    const told = toldBy(alerts, at);
    const isFlapNews = alerts.some(({ fingerprint }) => (damper.since(fingerprint, at) ?? 0) > (entry?.at ?? at));
    const reason =
      newsIn(entry, told, { sendResolved: channel.sendResolved, repeatIntervalMs, at }) ??
      (isFlapNews ? 'alerts are flapping' : undefined);
    if (reason !== undefined) return { alerts, suppressed: [], reason };
    const nothing = { fingerprint: undefined, by: undefined, sources: [] };
    if (!entry || told.firing.length === 0) {
      return { alerts: [], suppressed: [{ ...nothing, reason: 'it ended before it was told' }] };
    }
    const until = entry.at + repeatIntervalMs;
    return { alerts: [], suppressed: [{ ...nothing, reason: `already told to ${channel.id}`, until }] };
  };
}
