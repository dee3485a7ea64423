import { gauge, type Sample, sample } from '../model/sample.ts';

export const silenceMetrics = {
  end: gauge(
    'runnerwatch_silence_end_timestamp_seconds',
    'When a silence ends that holds back alerts which fire now.',
    ['silence'],
  ),
  alerts: gauge(
    'runnerwatch_silence_alerts',
    'Alerts that fire and are held back by a silence, where there are any; with what it matches and who set it.',
    ['silence', 'matchers', 'created_by'],
  ),
} as const;

interface Holding {
  readonly id: string;
  readonly matchers: string;
  readonly createdBy: string;
  /** ms since the epoch. */
  readonly endsAt: number;
  readonly alerts: number;
}

/** The silences that hold back what fires: whoever looks sees which of them end too early. */
export function silenceSamples(silences: readonly Holding[]): readonly Sample[] {
  return silences.flatMap(({ id: silence, matchers, createdBy: created_by, endsAt, alerts }) => [
    sample(silenceMetrics.end, { silence }, endsAt / 1000),
    sample(silenceMetrics.alerts, { silence, matchers, created_by }, alerts),
  ]);
}
