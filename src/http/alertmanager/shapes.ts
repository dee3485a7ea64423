import type { AlertView } from '../../alerts/dispatch-views.ts';
import { rfc3339 } from '../../lib/clock.ts';
import type { Matcher } from '../../model/matcher.ts';
import { type Silence, silenceState } from '../../model/silence.ts';

/** Alertmanager's gettableAlert. `mutedBy`: the time intervals that mute its group. */
export function shownAlert(
  { alert, status, receivers, inhibitedBy, silencedBy }: AlertView,
  mutedBy: readonly string[],
) {
  const { annotations, endsAt, fingerprint, startsAt, updatedAt, generatorURL, labels } = alert;
  return {
    annotations,
    endsAt: rfc3339(endsAt),
    fingerprint,
    receivers: receivers.map((name) => ({ name })),
    startsAt: rfc3339(startsAt),
    status: { inhibitedBy, mutedBy, silencedBy, state: mutedBy.length > 0 ? 'suppressed' : status },
    updatedAt: rfc3339(updatedAt),
    ...(generatorURL === '' ? {} : { generatorURL }),
    labels,
  };
}

/** Alertmanager's gettableSilence. */
export function shownSilence(silence: Silence, now: number) {
  const { id, matchers, startsAt, endsAt, updatedAt, createdBy, comment } = silence;
  return {
    id,
    status: { state: silenceState(silence, now) },
    updatedAt: rfc3339(updatedAt),
    comment,
    createdBy,
    endsAt: rfc3339(endsAt),
    matchers: matchers.map(shownMatcher),
    startsAt: rfc3339(startsAt),
  };
}

function shownMatcher({ name, operator, value }: Matcher) {
  return { isEqual: operator === '=' || operator === '=~', isRegex: operator.endsWith('~'), name, value };
}

/** Active ones that end first come first, then pending ones that begin first, then those that ended last. */
export function inSilenceOrder(silences: readonly Silence[], now: number): readonly Silence[] {
  const rank = { active: 0, pending: 1, expired: 2 };
  const keyOf = (silence: Silence): readonly [number, number] => {
    const state = silenceState(silence, now);
    if (state === 'pending') return [rank.pending, silence.startsAt];
    return [rank[state], state === 'active' ? silence.endsAt : -silence.endsAt];
  };
  return silences
    .map((silence) => ({ silence, key: keyOf(silence) }))
    .sort(({ key: a }, { key: b }) => a[0] - b[0] || a[1] - b[1])
    .map(({ silence }) => silence);
}
