import { vector } from '../value.ts';
import type { PromqlFunction } from './function.ts';
import { eachSample } from './math.ts';

/** A moment in UTC; months and days of the month and of the year count from 1, days of the week from Sunday, 0. */
interface Moment {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly dayOfYear: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

const lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysPerEra = 146_097n;
const secondsPerDay = 86_400n;
/** Go counts seconds from the first of January of this year, which starts a cycle of 400 years as the year 1 does. */
const goFirstYear = -292_277_022_399n;
const goEpoch = 9_223_372_028_715_321_600n;
/** What a conversion to int64 leaves of NaN and of numbers that do not fit, on the processors that there are. */
const outOfRange = -(2n ** 63n);

/** Go's calendar of a time in seconds, its overflow included. */
function momentOf(seconds: number): Moment {
  const whole = Math.abs(seconds) < 2 ** 63 ? BigInt(Math.trunc(seconds)) : outOfRange;
  const since = BigInt.asUintN(64, whole + goEpoch);
  const days = since / secondsPerDay;
  const second = Number(since % secondsPerDay);
  const { year, dayOfYear } = yearOf(Number(days % daysPerEra));
  const { month, day } = monthOf(dayOfYear, year);
  return {
    year: Number(goFirstYear + (days / daysPerEra) * 400n) + year,
    month,
    day,
    dayOfYear,
    weekday: Number((days + 1n) % 7n),
    hour: Math.floor(second / 3600),
    minute: Math.floor((second % 3600) / 60),
  };
}

/** A day of a cycle of 400 years → its year, from 0, and its day of that year. */
function yearOf(days: number): { readonly year: number; readonly dayOfYear: number } {
  // The last day of a cycle, of 100 and of 4 years is one more than the shorter spans in it add up to.
  const centuries = Math.min(3, Math.floor(days / 36_524));
  const inCentury = days - centuries * 36_524;
  const fours = Math.floor(inCentury / 1461);
  const inFours = inCentury - fours * 1461;
  const years = Math.min(3, Math.floor(inFours / 365));
  return { year: centuries * 100 + fours * 4 + years, dayOfYear: inFours - years * 365 + 1 };
}

function monthOf(dayOfYear: number, year: number): { readonly month: number; readonly day: number } {
  let [month, day] = [1, dayOfYear];
  while (day > daysIn(month, year)) {
    day -= daysIn(month, year);
    month++;
  }
  return { month, day };
}

/** `year` from 0, the first of a cycle of 400, so that a leap year is one before a multiple of 4. */
function daysIn(month: number, year: number): number {
  const isLeap = (year + 1) % 4 === 0 && ((year + 1) % 100 !== 0 || (year + 1) % 400 === 0);
  return month === 2 && isLeap ? 29 : (lengths[month - 1] ?? 31);
}

function dated(name: string, part: (moment: Moment) => number): PromqlFunction {
  return {
    name,
    args: ['vector'],
    optional: 1,
    result: 'vector',
    evaluate: (call) =>
      call.args.length > 0
        ? eachSample(call, (value) => part(momentOf(value)))
        : vector([{ labels: {}, value: part(momentOf(Math.trunc(call.at / 1000))), at: call.at }]),
  };
}

export const dateFunctions: readonly PromqlFunction[] = [
  dated('year', ({ year }) => year),
  dated('month', ({ month }) => month),
  dated('day_of_month', ({ day }) => day),
  dated('day_of_week', ({ weekday }) => weekday),
  dated('day_of_year', ({ dayOfYear }) => dayOfYear),
  // The first year of a cycle again, since the full year does not matter for the length but modulo 400.
  dated('days_in_month', ({ month, year }) => daysIn(month, (((year - 1) % 400) + 400) % 400)),
  dated('hour', ({ hour }) => hour),
  dated('minute', ({ minute }) => minute),
];
