import { stringify } from 'yaml';
import type { AnyProbe } from '../collectors/modules.ts';
import { type Clock, rfc3339 } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';

/** A log of one probe, kept for the one who asked for it. */
export interface ProbeLog {
  readonly log: Log;
  text(): string;
}

/** More than any probe says; a foreign server that talks without end fills no memory. */
const maxLines = 500;

export function createProbeLog(clock: Clock): ProbeLog {
  const lines: string[] = [];
  const keep =
    (level: string) =>
    (fields: object, message: string): void => {
      if (lines.length >= maxLines) return;
      const pairs = Object.entries(fields).flatMap(([key, value]) =>
        value === undefined ? [] : [`${key}=${quote(value)}`],
      );
      lines.push(`ts=${rfc3339(clock.now())} level=${level} msg=${quote(message)} ${pairs.join(' ')}`.trimEnd());
    };
  const log = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
  // pino's methods have more forms than the rooms use.
  return { log: log as unknown as Log, text: () => lines.join('\n') };
}

function quote(value: unknown): string {
  const text = String(value);
  return /^[\w.:/-]+$/.test(text) ? text : JSON.stringify(text);
}

/** What `debug=true` answers, in the original's order. */
export function debugPage({ log, metrics, probe }: { log: ProbeLog; metrics: string; probe: AnyProbe }): string {
  return [
    `Logs for the probe:\n${log.text()}`,
    `Metrics that would have been returned:\n${metrics}`,
    `Module configuration:\n${stringify(describe(probe))}`,
  ].join('\n\n\n');
}

/** Secrets and expressions print themselves; what else may hold a secret is hidden whole. */
function describe({ prober, timeout, settings }: AnyProbe): unknown {
  const plain: unknown = JSON.parse(JSON.stringify(settings));
  return {
    prober,
    ...(timeout === undefined ? {} : { timeout: timeout % 1000 === 0 ? `${timeout / 1000}s` : `${timeout}ms` }),
    [prober]: hide(plain),
  };
}

const hiddenKeys: ReadonlySet<string> = new Set(['body', 'send', 'command']);
const hiddenHeaders = /authorization|cookie|token|secret|password|key/i;

function hide(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hide);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, child]) => {
    if (hiddenKeys.has(key) && typeof child === 'string' && child !== '') return [key, '[hidden]'];
    return [key, key === 'headers' ? hideHeaders(child) : hide(child)];
  });
  return Object.fromEntries(entries);
}

function hideHeaders(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return headers;
  const entries = Object.entries(headers).map(([name, value]) => [name, hiddenHeaders.test(name) ? '[hidden]' : value]);
  return Object.fromEntries(entries);
}
