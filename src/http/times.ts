import { rfc3339 } from '../lib/clock.ts';

/** The keys of what is shown that hold times, as ms since the epoch. */
const times: ReadonlySet<string> = new Set([
  ...['at', 'deadAt', 'startsAt', 'firstAt', 'lastAt', 'until', 'about', 'createdAt', 'dueAt', 'nextFlushAt'],
  ...[
    'lastEvaluation',
    'pendingSince',
    'firesAt',
    'firingSince',
    'keptSince',
    'keptUntil',
    'endedAt',
    'quarantinedAt',
    'since',
  ],
]);

/** A JSON.stringify replacer: times as RFC 3339, all else as it is; what is not known is left out. */
export function withTimes(key: string, value: unknown): unknown {
  return times.has(key) && typeof value === 'number' ? rfc3339(value) : value;
}
