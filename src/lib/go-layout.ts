/** A moment and the zone that it is shown in, by IANA's name. */
export interface Moment {
  readonly ms: number;
  readonly zone: string;
}

const element =
  /January|Jan|Monday|Mon|MST|2006|01|02|03|04|05|06|002|15|_2|PM|pm|Z07:00|Z0700|Z07|-07:00|-0700|-07|[.,](?:0+|9+)(?!\d)|1|2|3|4|5/g;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const longMonths = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const dayMs = 86_400_000;

/** Go's Time.Format: the layout shows how Go's reference time would be written. https://pkg.go.dev/time#Layout */
export function formatLayout(moment: Moment, layout: string): string {
  const offset = offsetMinutes(moment);
  const local = new Date(moment.ms + offset * 60_000);
  return layout.replace(element, (part) => {
    if (/^[.,]/.test(part)) return fraction(part, local.getUTCMilliseconds());
    if (/^[Z-]/.test(part)) return offsetText(part, offset);
    if (part === 'MST') return zoneName(moment, offset);
    return dateElement(part, local);
  });
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function dateElement(part: string, local: Date): string {
  const hour12 = local.getUTCHours() % 12 || 12;
  const weekday = weekdays[local.getUTCDay()] ?? '';
  const elements: Readonly<Record<string, () => string>> = {
    '2006': () => String(local.getUTCFullYear()).padStart(4, '0'),
    '06': () => two(local.getUTCFullYear() % 100),
    January: () => longMonths[local.getUTCMonth()] ?? '',
    Jan: () => months[local.getUTCMonth()] ?? '',
    '01': () => two(local.getUTCMonth() + 1),
    '1': () => String(local.getUTCMonth() + 1),
    Monday: () => weekday,
    Mon: () => weekday.slice(0, 3),
    '002': () => String(dayOfYear(local)).padStart(3, '0'),
    '02': () => two(local.getUTCDate()),
    _2: () => String(local.getUTCDate()).padStart(2, ' '),
    '2': () => String(local.getUTCDate()),
    '15': () => two(local.getUTCHours()),
    '03': () => two(hour12),
    '3': () => String(hour12),
    '04': () => two(local.getUTCMinutes()),
    '4': () => String(local.getUTCMinutes()),
    '05': () => two(local.getUTCSeconds()),
    '5': () => String(local.getUTCSeconds()),
    PM: () => (local.getUTCHours() < 12 ? 'AM' : 'PM'),
    pm: () => (local.getUTCHours() < 12 ? 'am' : 'pm'),
  };
  return elements[part]?.() ?? part;
}

function dayOfYear(local: Date): number {
  return Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / dayMs) + 1;
}

/** Noughts are kept, nines are cut with what is nought at the end. */
function fraction(part: string, milliseconds: number): string {
  const digits = String(milliseconds)
    .padStart(3, '0')
    .padEnd(9, '0')
    .slice(0, part.length - 1);
  if (part[1] === '0') return `${part[0]}${digits}`;
  const cut = digits.replace(/0+$/, '');
  return cut === '' ? '' : `${part[0]}${cut}`;
}

function offsetText(part: string, offset: number): string {
  if (part.startsWith('Z') && offset === 0) return 'Z';
  const size = Math.abs(offset);
  const sign = offset < 0 ? '-' : '+';
  const minutes = two(size % 60);
  const shape = part.slice(1);
  if (shape === '07') return `${sign}${two(Math.trunc(size / 60))}`;
  return `${sign}${two(Math.trunc(size / 60))}${shape.includes(':') ? ':' : ''}${minutes}`;
}

function offsetMinutes({ ms, zone }: Moment): number {
  if (zone === 'UTC') return 0;
  const text = zonePart(ms, zone, 'longOffset');
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):?(\d\d)?/.exec(text) ?? [];
  const size = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  return sign === '-' ? -size : size;
}

/** `CET`, and the offset where the zone has no such name. */
function zoneName({ ms, zone }: Moment, offset: number): string {
  if (zone === 'UTC') return 'UTC';
  const locales = ['en-US', 'en-GB', 'en-AU'];
  const names = locales.map((locale) => zonePart(ms, zone, 'short', locale));
  return names.find((name) => /^[A-Z]{3,4}$/.test(name)) ?? offsetText('-07', offset);
}

function zonePart(ms: number, zone: string, timeZoneName: 'short' | 'longOffset', locale = 'en-US'): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName }).formatToParts(ms);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}
