import { randomUUID } from 'node:crypto';
import { type Clock, rfc3339 } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Labels } from '../model/labels.ts';
import { type Matcher, matchesAll } from '../model/matcher.ts';
import { type Silence, type SilenceState, silenceState } from '../model/silence.ts';
import type { SilenceStore } from '../state/silences.ts';
import { formatMatchers, toMatcher } from './matchers.ts';

/** What somebody asks for; with an id it changes that one. */
export type AskedSilence = Omit<Silence, 'id' | 'updatedAt'> & { readonly id: string | undefined };

export type SilenceResult =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly fault: 'invalid' | 'not-found' | 'full'; readonly message: string };

/** Every silence there is, on disk. Bounded. */
export interface Silences {
  set(asked: AskedSilence): SilenceResult;
  /** Ends it now. */
  expire(id: string): SilenceResult;
  get(id: string): Silence | undefined;
  all(): readonly Silence[];
  /** The ids of the active silences that match, in order; none where nothing silences. */
  silencing(labels: Labels): readonly string[];
  stats(): Readonly<Record<SilenceState, number>>;
  /** Forgets what ended long ago. */
  sweep(): void;
}

/** Alertmanager's `--data.retention`. */
const keepMs = 120 * 3_600_000;
const maxSilences = 1000;
const maxMatchers = 100;
const maxText = 4096;

export interface SilencesDeps {
  readonly store: SilenceStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly limit?: number;
}

export function createSilences({ store, clock, log, limit = maxSilences }: SilencesDeps): Silences {
  const silences = new Map(
    store.load().map((stored): [string, Silence] => [stored.id, { ...stored, matchers: stored.matchers.map(compile) }]),
  );

  /** On disk first: what was promised to a client outlives a kill. */
  function keep(...changed: readonly Silence[]): void {
    store.put(changed);
    for (const each of changed) {
      silences.set(each.id, each);
      log.info(shown(each), 'silence changed');
    }
  }

  function set(asked: AskedSilence): SilenceResult {
    const now = clock.now();
    const fault = faultOf(asked, now);
    if (fault !== undefined) return { ok: false, fault: 'invalid', message: fault };
    const known = asked.id === undefined ? undefined : silences.get(asked.id);
    if (asked.id !== undefined && !known) return notFound();
    const next = { ...asked, updatedAt: now };
    if (known && canUpdate(known, next, now)) {
      keep({ ...next, id: known.id });
      return { ok: true, id: known.id };
    }
    makeRoom(now);
    if (silences.size >= limit) return full(limit);
    const fresh = { ...next, id: randomUUID(), startsAt: Math.max(now, asked.startsAt) };
    keep(...(known && silenceState(known, now) !== 'expired' ? [ended(known, now)] : []), fresh);
    return { ok: true, id: fresh.id };
  }

  function forget(old: readonly Silence[]): void {
    if (old.length === 0) return;
    store.remove(old.map(({ id }) => id));
    for (const { id } of old) silences.delete(id);
  }

  function sweep(): void {
    const before = clock.now() - keepMs;
    forget([...silences.values()].filter(({ endsAt }) => endsAt <= before));
  }

  /** What ended first gives way. */
  function makeRoom(now: number): void {
    const over = [...silences.values()].filter((each) => silenceState(each, now) === 'expired');
    const excess = Math.max(0, silences.size - limit + 1);
    forget(over.sort((a, b) => a.endsAt - b.endsAt).slice(0, excess));
  }

  return {
    set,
    expire(id) {
      const now = clock.now();
      const known = silences.get(id);
      if (!known) return notFound();
      if (silenceState(known, now) !== 'expired') keep(ended(known, now));
      return { ok: true, id };
    },
    get: (id) => silences.get(id),
    all: () => [...silences.values()],
    silencing(labels) {
      const now = clock.now();
      const found = [...silences.values()].filter(
        (each) => silenceState(each, now) === 'active' && matchesAll(labels, each.matchers),
      );
      return found.map(({ id }) => id).sort();
    },
    stats() {
      const now = clock.now();
      const counts = { pending: 0, active: 0, expired: 0 };
      for (const each of silences.values()) counts[silenceState(each, now)]++;
      return counts;
    },
    sweep,
  };
}

/** Who silenced what until when, for whoever asks later why nobody was told. */
function shown({ id, matchers, startsAt, endsAt, createdBy, comment }: Silence) {
  const times = { startsAt: rfc3339(startsAt), endsAt: rfc3339(endsAt) };
  return { silence: id, matchers: formatMatchers(matchers), ...times, createdBy, comment };
}

function compile({ name, operator, value }: Pick<Matcher, 'name' | 'operator' | 'value'>): Matcher {
  return toMatcher(name, operator, value);
}

function notFound(): SilenceResult {
  return { ok: false, fault: 'not-found', message: 'silence not found' };
}

function full(limit: number): SilenceResult {
  return {
    ok: false,
    fault: 'full',
    message: `found ${limit} silences, the most there may be; expire one that is not needed`,
  };
}

/** A pending silence that ends has never begun. */
function ended(silence: Silence, now: number): Silence {
  return { ...silence, startsAt: Math.min(silence.startsAt, now), endsAt: now, updatedAt: now };
}

/** In Alertmanager's words where it has some. */
function faultOf({ matchers, startsAt, endsAt, createdBy, comment }: AskedSilence, now: number): string | undefined {
  if (startsAt >= endsAt) return 'Failed to create silence: start time must be before end time';
  if (endsAt < now) return "Failed to create silence: end time can't be in the past";
  if (matchers.length === 0) return 'invalid silence: at least one matcher required';
  if (matchers.length > maxMatchers) return `invalid silence: more than ${maxMatchers} matchers`;
  if (matchers.every((matcher) => matcher.test(''))) {
    return 'invalid silence: matcher set 0: at least one matcher must not match the empty string';
  }
  if (Math.max(createdBy.length, comment.length, ...matchers.map(({ value }) => value.length)) > maxText) {
    return `invalid silence: a text is longer than ${maxText} characters`;
  }
  return undefined;
}

/** What has begun keeps its matchers and its start, or those who look back are told what never was. */
function canUpdate(known: Silence, next: AskedSilence, now: number): boolean {
  if (!sameMatchers(known.matchers, next.matchers)) return false;
  const state = silenceState(known, now);
  if (state === 'pending') return next.startsAt >= now;
  return state === 'active' && seconds(known.startsAt) === seconds(next.startsAt);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function sameMatchers(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  const text = (matchers: readonly Matcher[]): string =>
    JSON.stringify(matchers.map(({ name, operator, value }) => [name, operator, value]));
  return text(a) === text(b);
}
