import { type Alert, alertStatus } from '../model/alert.ts';
import { labelValue } from '../model/labels.ts';
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
/** Of alerts that are looked at for all silences: a thousand patterns over all alerts would stop everything else. */
const maxLooks = 200_000;

/**
 * The active silences that match alerts which fire, those that end first come first. Where looking at more would take too
 * long, those that end last are left out.
 */
export function silencesHolding(
  silences: readonly Silence[],
  alerts: readonly Alert[],
  now: number,
): readonly HoldingSilence[] {
  const active = silences.filter((silence) => silenceState(silence, now) === 'active');
  if (active.length === 0) return [];
  const candidates = createLookup(alerts.filter((alert) => alertStatus(alert, now) === 'firing'));
  let looks = 0;
  return active
    .toSorted((a, b) => a.endsAt - b.endsAt)
    .flatMap((silence) => {
      const { id, createdBy, endsAt } = silence;
      const near = candidates(silence.matchers);
      looks += near.length;
      if (looks > maxLooks) return [];
      // The notice that a silence ends carries its id. Were it counted, it would keep itself alive.
      const count = near.filter(({ labels }) => labels.silence !== id && matchesAll(labels, silence.matchers)).length;
      if (count === 0) return [];
      const matchers = truncate(formatMatchers(silence.matchers), maxMatchers);
      return [{ id, matchers, createdBy: truncate(createdBy, maxCreatedBy), endsAt, alerts: count }];
    });
}

/** Many silences name one alert or host: those are looked up, not searched for among all alerts. */
function createLookup(alerts: readonly Alert[]) {
  const byName = new Map<string, Map<string, Alert[]>>();
  function having(name: string, value: string): readonly Alert[] {
    const byValue = byName.get(name) ?? Map.groupBy(alerts, ({ labels }) => labelValue(labels, name));
    byName.set(name, byValue);
    return byValue.get(value) ?? [];
  }
  return (matchers: readonly Matcher[]): readonly Alert[] => {
    const exact = matchers.find(({ operator }) => operator === '=');
    return exact ? having(exact.name, exact.value) : alerts;
  };
}
