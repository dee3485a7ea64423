import { type Alert, alertStatus } from '../model/alert.ts';
import { type Matcher, matchesAll } from '../model/matcher.ts';
import { type Silence, silenceState } from '../model/silence.ts';
import { formatMatchers } from './matchers.ts';
import { truncate } from './truncate.ts';

/** An active silence that holds back what fires. Time is ms since the epoch. */
export interface HoldingSilence {
  readonly id: string;
  /** As amtool writes them, cut. */
  readonly matchers: string;
  /** Who set it, cut. */
  readonly createdBy: string;
  readonly endsAt: number;
  /** How many alerts that fire match it. */
  readonly alerts: number;
}

const maxMatchers = 200;
const maxCreatedBy = 60;

/** The active silences that match alerts which fire. As many at most as there are silences, which are bounded. */
export function silencesHolding(
  silences: readonly Silence[],
  alerts: readonly Alert[],
  now: number,
): readonly HoldingSilence[] {
  const active = silences.filter((silence) => silenceState(silence, now) === 'active');
  if (active.length === 0) return [];
  const matching = createLookup(alerts.filter((alert) => alertStatus(alert, now) === 'firing'));
  return active.flatMap((silence) => {
    const { id, createdBy, endsAt } = silence;
    // The notice that a silence ends carries its id. Were it counted, it would keep itself alive.
    const count = matching(silence.matchers).filter(({ labels }) => labels.silence !== id).length;
    if (count === 0) return [];
    const matchers = truncate(formatMatchers(silence.matchers), maxMatchers);
    return [{ id, matchers, createdBy: truncate(createdBy, maxCreatedBy), endsAt, alerts: count }];
  });
}

/** Many silences name one alert or host: those are looked up, not searched for among all alerts. */
function createLookup(alerts: readonly Alert[]) {
  const byName = new Map<string, Map<string, Alert[]>>();
  function having(name: string, value: string): readonly Alert[] {
    const byValue = byName.get(name) ?? Map.groupBy(alerts, ({ labels }) => labels[name] ?? '');
    byName.set(name, byValue);
    return byValue.get(value) ?? [];
  }
  return (matchers: readonly Matcher[]): readonly Alert[] => {
    const exact = matchers.find(({ operator }) => operator === '=');
    const candidates = exact ? having(exact.name, exact.value) : alerts;
    return candidates.filter(({ labels }) => matchesAll(labels, matchers));
  };
}
