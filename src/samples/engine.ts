import { counter, gauge, type Sample, sample } from '../model/sample.ts';

export const engineMetrics = {
  series: gauge('runnerwatch_history_series', 'Series that are kept for the embedded rules.'),
  points: gauge('runnerwatch_history_points', 'Samples that are kept for the embedded rules.'),
  refused: counter('runnerwatch_history_refused_total', 'Samples that a bound of the history kept out.'),
  groups: gauge('runnerwatch_alert_groups', 'Groups of alerts that the embedded routing keeps.'),
  flapping: gauge(
    'runnerwatch_flapping_alerts',
    'Alerts that change too often and count as firing until they are steady.',
  ),
  dropped: counter('runnerwatch_alerts_dropped_total', 'Alerts that a bound of the embedded routing kept out.'),
  suppressed: counter(
    'runnerwatch_notifications_suppressed_total',
    'Alerts that were held back when their group was told, by what held them back.',
  ),
  silences: gauge('runnerwatch_silences', 'Silences, by state.'),
  upstreamAlerts: counter(
    'runnerwatch_alertmanager_alerts_total',
    'Alerts for a real Alertmanager, by its URL and what came of them; failed ones are tried again.',
  ),
  upstreamQueued: gauge(
    'runnerwatch_alertmanager_queue_length',
    'Alerts that a real Alertmanager is still to be told.',
  ),
} as const;

interface HistoryFill {
  readonly series: number;
  readonly points: number;
  readonly refused: number;
}

interface RoutingFill {
  readonly groups: number;
  readonly dropped: number;
  readonly flapping: number;
  /** By what held them back. */
  readonly suppressed: ReadonlyMap<string, number>;
}

/** How full the embedded engine's bounded stores are, and what did not fit. */
export function engineSamples(
  history: HistoryFill,
  routing: RoutingFill,
  silences: Readonly<Record<string, number>>,
): readonly Sample[] {
  return [
    sample(engineMetrics.series, {}, history.series),
    sample(engineMetrics.points, {}, history.points),
    sample(engineMetrics.refused, {}, history.refused),
    sample(engineMetrics.groups, {}, routing.groups),
    sample(engineMetrics.dropped, {}, routing.dropped),
    sample(engineMetrics.flapping, {}, routing.flapping),
    ...[...routing.suppressed].map(([reason, value]) => sample(engineMetrics.suppressed, { reason }, value)),
    ...Object.entries(silences).map(([state, value]) => sample(engineMetrics.silences, { state }, value)),
  ];
}

interface UpstreamFill {
  readonly alertmanager: string;
  readonly sent: number;
  readonly failed: number;
  readonly dropped: number;
  readonly queued: number;
}

/** What came of the alerts for real Alertmanagers. */
export function upstreamSamples(upstreams: readonly UpstreamFill[]): readonly Sample[] {
  return upstreams.flatMap(({ alertmanager, sent, failed, dropped, queued }) => [
    ...Object.entries({ sent, failed, dropped }).map(([outcome, value]) =>
      sample(engineMetrics.upstreamAlerts, { alertmanager, outcome }, value),
    ),
    sample(engineMetrics.upstreamQueued, { alertmanager }, queued),
  ]);
}
