import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** The part of pino that the rooms use: a static message, everything that varies as fields. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export type LogFormat = 'auto' | 'pretty' | 'json';

/** Keys that never reach a log line, at the top and one level down. */
const redacted = ['token', 'password', 'passphrase', 'secret', 'authorization', 'private_key', 'credentials'];

/** `auto` is pretty on a terminal and JSON otherwise. */
export function createLog(
  { level, format, terminal }: { readonly level: string; readonly format: LogFormat; readonly terminal: boolean },
  out?: DestinationStream,
): Logger {
  const isPretty = format === 'pretty' || (format === 'auto' && terminal);
  const stream = isPretty
    ? pretty({
        colorize: terminal,
        ignore: 'pid,hostname',
        translateTime: 'SYS:HH:MM:ss',
        singleLine: true,
        sync: true,
      })
    : out;
  const options = {
    level,
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: redacted.flatMap((key) => [key, `*.${key}`]), censor: '[secret]' },
  };
  return stream ? pino(options, stream) : pino(options);
}

export const silentLog: Log = pino({ level: 'silent' });

/** An error as one line: its message, and its cause's where that says more. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code =
    'code' in error && typeof error.code === 'string' && !error.message.includes(error.code) ? ` (${error.code})` : '';
  const cause =
    error.cause instanceof Error && error.cause.message !== error.message ? `: ${reasonOf(error.cause)}` : '';
  return `${error.message || error.name}${code}${cause}`;
}
