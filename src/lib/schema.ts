import { z } from 'zod';
import { compileSearch } from './regex.ts';
import { isSecretSource, type SecretSource, secretText } from './secret.ts';

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 } as const;
const durationText = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Prometheus' durations, `1h30m` or `15s`, as milliseconds; undefined where the text is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = text === '' ? null : durationText.exec(text);
  if (!match) return undefined;
  const order = ['y', 'w', 'd', 'h', 'm', 's', 'ms'] as const;
  return order.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * units[unit], 0);
}

const durationError = 'expected a duration such as 30s, 5m or 1h30m';

/** A duration as Prometheus writes it, in; milliseconds, out. */
export const Duration = z
  .string(durationError)
  .refine((text) => parseDuration(text) !== undefined, durationError)
  .transform((text) => parseDuration(text) ?? 0)
  .meta({ type: 'string', format: 'prometheus-duration' });

/**
 * A secret: a text in, a SecretSource out. The configuration loader fills it from the key's `_file` twin too; whoever
 * uses it calls `readSecret` each time.
 */
export const Secret = z
  .custom<string | SecretSource>(
    (value) => isSecretSource(value) || (typeof value === 'string' && value !== ''),
    'expected a text that is not empty',
  )
  .transform((value) => (typeof value === 'string' ? secretText(value) : value))
  .meta({ type: 'string', minLength: 1, secret: true });

/** An http or https URL without credentials in it. */
export const HttpUrl = z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// URL' }).refine((text) => {
  // Runs even where the text is no URL, which the check before has then already said.
  const { username, password } = URL.canParse(text) ? new URL(text) : { username: '', password: '' };
  return username === '' && password === '';
}, 'expected a URL without credentials; put them into their own keys');

/** A regular expression in RE2's syntax, looked for anywhere in a text; out comes a compiled Pattern. */
export const Regexp = z
  .string()
  .refine(isRegexp, 'expected a regular expression in RE2 syntax')
  .transform(compileSearch)
  .meta({ type: 'string', format: 're2' });

function isRegexp(pattern: string): boolean {
  try {
    compileSearch(pattern);
    return true;
  } catch {
    return false;
  }
}

const byteText = /^(\d+)\s*(?:([KMG])i?)?B?$/;
const byteUnits = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const;

/** A size such as `10MB`, in, powers of 1,024 whichever way it is written; bytes, out. */
export const ByteSize = z
  .union([z.int().min(0), z.string().regex(byteText, 'expected a size such as 512KB or 10MB')])
  .transform((size) => (typeof size === 'number' ? size : bytesOf(size)))
  .meta({ type: ['string', 'integer'] });

function bytesOf(text: string): number {
  const [, digits, unit] = byteText.exec(text) ?? [];
  return Number(digits) * (unit === undefined ? 1 : byteUnits[unit as keyof typeof byteUnits]);
}
