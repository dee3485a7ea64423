import type { Request } from 'express';
import type { AlertView } from '../../alerts/dispatch-views.ts';
import { parseMatchers, toMatcher } from '../../alerts/matchers.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';

/** A query that cannot be understood; the message is for whoever asked. */
export class BadQueryError extends Error {
  override readonly name = 'BadQueryError';
}

const maxFilters = 100;

/** Each `filter` is one matcher. */
export function filtersOf({ query }: Request): readonly Matcher[] {
  const texts = [query.filter ?? []].flat();
  if (texts.length > maxFilters) throw new BadQueryError(`found ${texts.length} filters, expected ${maxFilters}`);
  return texts.map((text) => {
    const [matcher, ...others] = understood(() => parseMatchers(String(text)));
    if (!matcher || others.length > 0) throw new BadQueryError(`bad matcher format: ${String(text)}`);
    return matcher;
  });
}

function understood<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new BadQueryError(`bad matcher format: ${(error as Error).message}`);
  }
}

/** What go-swagger takes for true; everything else is false, and what is not there is true. */
const yes = new Set(['true', '1', 'yes', 'ok', 'y', 'on', 'selected', 'checked', 't', 'enabled']);

export function flagOf({ query }: Request, name: string): boolean {
  const value = query[name];
  return value === undefined || yes.has(String(value).toLowerCase());
}

/** Whether a receiver's name is among those that are asked for. */
export function receiverFilterOf({ query }: Request): (receiver: string) => boolean {
  if (query.receiver === undefined) return () => true;
  const matcher = understood(() => toMatcher('receiver', '=~', String(query.receiver)));
  return (receiver) => matcher.test(receiver);
}

/** The alerts that still fire and that the query asks for. */
export function alertFilterOf(request: Request): (view: AlertView) => boolean {
  const filters = filtersOf(request);
  const [active, silenced, inhibited] = ['active', 'silenced', 'inhibited'].map((name) => flagOf(request, name));
  return ({ alert, status, silencedBy, inhibitedBy }) =>
    status !== 'resolved' &&
    (active || status !== 'active') &&
    (silenced || silencedBy.length === 0) &&
    (inhibited || inhibitedBy.length === 0) &&
    matchesAll(alert.labels, filters);
}
