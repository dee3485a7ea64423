import { z } from 'zod';
import type { Range, TimeInterval } from './time-interval.ts';

const weekdayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const monthNames = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

type Member = (text: string) => number | undefined;

function wholeNumber(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

function weekday(text: string): number | undefined {
  const index = weekdayNames.indexOf(text);
  return index < 0 ? undefined : index;
}

function month(text: string): number | undefined {
  const index = monthNames.indexOf(text);
  return index < 0 ? wholeNumber(text) : index + 1;
}

/** `a` or `a:b`, whatever the case. */
function rangeOf(text: string, member: Member): Range | undefined {
  const parts = text.toLowerCase().split(':').map(member);
  const [from, to = from] = parts;
  if (parts.length > 2 || parts.includes(undefined) || from === undefined || to === undefined) return undefined;
  return { from, to };
}

function isOrdered({ from, to }: Range): boolean {
  return from <= to;
}

/** As Alertmanager checks it: a month has at least 28 days. */
function isDayRange({ from, to }: Range): boolean {
  const isDay = (day: number): boolean => day !== 0 && Math.abs(day) <= 31;
  if (!isDay(from) || !isDay(to) || (from < 0 && to > 0)) return false;
  const least = (day: number): number => (day < 0 ? 28 + day : day);
  return least(from) <= least(to);
}

function rangeSchema(member: Member, isValid: (range: Range) => boolean, expected: string) {
  return z
    .union([z.string(), z.int()])
    .transform(String)
    .refine((text) => {
      const range = rangeOf(text, member);
      return range !== undefined && isValid(range);
    }, expected)
    .transform((text): Range => rangeOf(text, member) ?? { from: 0, to: 0 });
}

const timeOfDay = /^((?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/;
const Time = z.string().regex(timeOfDay, 'expected a time such as "09:00", at most "24:00"').transform(minutes);

function minutes(text: string): number {
  const [hours, rest] = text.split(':').map(Number);
  return (hours ?? 0) * 60 + (rest ?? 0);
}

const Times = z
  .strictObject({ start_time: Time, end_time: Time })
  .refine(({ start_time: from, end_time: to }) => from < to, 'a start_time before its end_time')
  .transform(({ start_time: from, end_time: to }): Range => ({ from, to }));

function isLocation(name: string): boolean {
  if (name === 'Local') return true;
  // Node takes an offset as well, Go does not.
  if (/^[+-]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

const Interval = z
  .strictObject({
    times: z.array(Times).optional(),
    weekdays: z.array(rangeSchema(weekday, isOrdered, 'expected weekdays such as "monday:friday"')).optional(),
    days_of_month: z.array(rangeSchema(wholeNumber, isDayRange, 'expected days such as "1:5" or "-3:-1"')).optional(),
    months: z.array(rangeSchema(month, isOrdered, 'expected months such as "january:march" or "1:3"')).optional(),
    years: z.array(rangeSchema(wholeNumber, isOrdered, 'expected years such as "2026:2028"')).optional(),
    location: z.string().refine(isLocation, 'expected a time zone such as Europe/Berlin').optional(),
  })
  .transform(({ days_of_month: daysOfMonth, ...rest }): TimeInterval => ({ ...rest, daysOfMonth }));

/** An item of `time_intervals` in an Alertmanager file. */
export const NamedTimeInterval = z.strictObject({
  name: z.string().min(1),
  time_intervals: z.array(Interval).default([]),
});

export type NamedTimeInterval = z.output<typeof NamedTimeInterval>;
