/** Both ends belong to it. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** When something holds: all of its parts must; a part that is absent always does. Alertmanager's time interval. */
export interface TimeInterval {
  /** Minutes of the day; the last does not belong to it. */
  readonly times?: readonly Range[] | undefined;
  /** 0 is Sunday. */
  readonly weekdays?: readonly Range[] | undefined;
  /** From 1; from -1 backwards from the month's end. */
  readonly daysOfMonth?: readonly Range[] | undefined;
  /** From 1. */
  readonly months?: readonly Range[] | undefined;
  readonly years?: readonly Range[] | undefined;
  /** IANA's name; undefined for UTC. */
  readonly location?: string | undefined;
}

/** Time intervals by their names. */
export type TimeIntervals = ReadonlyMap<string, readonly TimeInterval[]>;

/** Those of the names whose interval holds at this moment. */
export function holding(intervals: TimeIntervals, names: readonly string[], at: number): readonly string[] {
  return names.filter((name) => (intervals.get(name) ?? []).some((interval) => contains(interval, at)));
}

export function contains(interval: TimeInterval, at: number): boolean {
  const { times, weekdays, daysOfMonth, months, years } = interval;
  const local = wallTime(at, interval.location);
  const within = (ranges: readonly Range[] | undefined, value: number): boolean =>
    ranges?.some(({ from, to }) => from <= value && value <= to) ?? true;
  return (
    (times?.some(({ from, to }) => from <= local.minute && local.minute < to) ?? true) &&
    (daysOfMonth?.some((range) => containsDay(range, local)) ?? true) &&
    within(months, local.month) &&
    within(weekdays, local.weekday) &&
    within(years, local.year)
  );
}

interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly minute: number;
  readonly daysInMonth: number;
}

/** A range that begins after the month's end is none in that month; one that ends after it ends with it. */
function containsDay({ from, to }: Range, { day, daysInMonth }: WallTime): boolean {
  const place = (value: number): number => (value < 0 ? daysInMonth + value + 1 : value);
  return place(from) <= daysInMonth && place(from) <= day && day <= place(to);
}

/** Bounded by the time zones that a configuration names. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const number = 'numeric';
  const day = { year: number, month: number, day: number, weekday: 'short' } as const;
  const time = { hour: number, minute: number, hourCycle: 'h23' } as const;
  const fresh = new Intl.DateTimeFormat('en-US', { ...day, ...time, calendar: 'gregory', timeZone });
  formats.set(timeZone, fresh);
  return fresh;
}

function wallTime(at: number, location: string | undefined): WallTime {
  // `Local` is the machine's own, which is what the format takes by itself.
  const timeZone = location === 'Local' ? new Intl.DateTimeFormat().resolvedOptions().timeZone : (location ?? 'UTC');
  const parts = Object.fromEntries(
    formatFor(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const [year, month] = [Number(parts.year), Number(parts.month)];
  return {
    ...{ year, month, day: Number(parts.day), minute: Number(parts.hour) * 60 + Number(parts.minute) },
    weekday: weekdays.indexOf(parts.weekday ?? ''),
    daysInMonth: daysInMonth(year, month),
  };
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function daysInMonth(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2) return isLeap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
