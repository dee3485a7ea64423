export interface Zone {
  readonly name: string;
  /** Seconds that its clocks are ahead of UTC. */
  readonly offset: number;
}

/** Since the beginning of a year, in seconds of local time: the `day` of `week` 1 to 5 (the last) in a month. */
interface Change {
  readonly month: number;
  readonly week: number;
  readonly day: number;
  readonly seconds: number;
}

const day = 86_400;
const name = '(?:<([^>]{3,10})>|([A-Za-z]{3,10}))';
const clock = '([-+]?\\d{1,3}(?::\\d{2}(?::\\d{2})?)?)';
const change = `,M(\\d{1,2})\\.([1-5])\\.([0-6])(?:/${clock})?`;
const rule = new RegExp(`^${name}${clock}(?:${name}${clock}?(?:${change}${change})?)?$`);

/**
 * The zone of a TZif file (RFC 9636) at a time in seconds since the epoch, by the rule in its footer, which holds from
 * the last change of law on. It is a TZ string of POSIX, such as `CET-1CEST,M3.5.0,M10.5.0/3`. undefined where the
 * file or its rule is unknown.
 */
export function zoneAt(file: string, at: number): Zone | undefined {
  const match = rule.exec(file.split('\n').at(-2) ?? '');
  if (!file.startsWith('TZif') || !match) return undefined;
  const [, quoted, plain = '', offset, quotedSummer, plainSummer, summerOffset, ...changes] = match;
  // POSIX counts westward.
  const winter: Zone = { name: quoted ?? plain, offset: 0 - secondsOf(offset) };
  const summerName = quotedSummer ?? plainSummer;
  const begin = changeOf(changes.slice(0, 4));
  const end = changeOf(changes.slice(4));
  if (summerName === undefined || !begin || !end) return winter;
  const ahead = summerOffset === undefined ? winter.offset + 3_600 : 0 - secondsOf(summerOffset);
  const summer: Zone = { name: summerName, offset: ahead };
  return isSummer(at, winter, summer, begin, end) ? summer : winter;
}

function isSummer(at: number, winter: Zone, summer: Zone, begin: Change, end: Change): boolean {
  const year = yearOf(at + winter.offset);
  const from = timeOf(begin, year) - winter.offset;
  const to = timeOf(end, year) - summer.offset;
  // South of the equator the summer lasts over the new year.
  return from < to ? at >= from && at < to : at >= from || at < to;
}

/** `2`, `-1` or `2:30:00`, in seconds. */
function secondsOf(text = '0'): number {
  const [hours = '0', minutes = '0', seconds = '0'] = text.replace(/^[-+]/, '').split(':');
  const value = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  return text.startsWith('-') && value !== 0 ? -value : value;
}

function changeOf([month, week, weekday, time]: readonly (string | undefined)[]): Change | undefined {
  if (month === undefined || Number(month) < 1 || Number(month) > 12) return undefined;
  return { month: Number(month), week: Number(week), day: Number(weekday), seconds: secondsOf(time ?? '2') };
}

function timeOf({ month, week, day: weekday, seconds }: Change, year: number): number {
  const first = daysSinceEpoch(year, month, 1);
  const next = month === 12 ? daysSinceEpoch(year + 1, 1, 1) : daysSinceEpoch(year, month + 1, 1);
  // 1970-01-01 was a Thursday.
  const earliest = first + ((((weekday - first - 4) % 7) + 7) % 7);
  const date = earliest + (week - 1) * 7;
  return (date >= next ? date - 7 : date) * day + seconds;
}

function yearOf(seconds: number): number {
  const days = Math.floor(seconds / day);
  const guess = 1970 + Math.floor(days / 365.2425);
  if (daysSinceEpoch(guess, 1, 1) > days) return guess - 1;
  return daysSinceEpoch(guess + 1, 1, 1) <= days ? guess + 1 : guess;
}

/** Days from 1970-01-01 in the Gregorian calendar, with years that begin in March so that leap days come last. */
export function daysSinceEpoch(year: number, month: number, dayOfMonth: number): number {
  const shifted = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + dayOfMonth - 1;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leapDays + dayOfYear - 719_468;
}
