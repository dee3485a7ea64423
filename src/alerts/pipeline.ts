import type { Alert, NotificationReason } from '../model/alert.ts';
import type { NotificationLog } from '../state/notification-log.ts';
import { newsIn, toldBy } from './dedup.ts';
import type { AlertGroup } from './group.ts';
import type { Inhibitor } from './inhibit.ts';

/** One way out of a receiver, as the pipeline sees it. */
export interface Channel {
  readonly id: string;
  readonly sendResolved: boolean;
}

export interface Suppression {
  /** Undefined: the group as a whole. */
  readonly fingerprint: string | undefined;
  readonly reason: string;
}

/** One group's alerts on their way to one channel. */
export interface Flush {
  readonly group: AlertGroup;
  readonly channel: Channel;
  readonly at: number;
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

export function inhibitStage(inhibitor: () => Inhibitor): Stage {
  return (_, alerts) => {
    const inhibitedBy = inhibitor();
    const judged = alerts.map((alert) => ({ alert, sources: inhibitedBy(alert.labels) }));
    return {
      alerts: judged.filter(({ sources }) => sources.length === 0).map(({ alert }) => alert),
      suppressed: judged
        .filter(({ sources }) => sources.length > 0)
        .map(({ alert, sources }) => ({
          fingerprint: alert.fingerprint,
          reason: `inhibited by fingerprint ${sources.join(', ')}`,
        })),
    };
  };
}

/** All of the group or nothing: a notification always shows the whole group. */
export function dedupStage(log: NotificationLog): Stage {
  return ({ group, channel, at }, alerts) => {
    const entry = log.get(group.key, channel.id);
    const valid = entry && entry.expiresAt > at ? entry : undefined;
    const { repeatIntervalMs } = group.route;
    const reason = newsIn(valid, toldBy(alerts, at), { sendResolved: channel.sendResolved, repeatIntervalMs, at });
    if (reason !== undefined) return { alerts, suppressed: [], reason };
    return { alerts: [], suppressed: [{ fingerprint: undefined, reason: `already told to ${channel.id}` }] };
  };
}
