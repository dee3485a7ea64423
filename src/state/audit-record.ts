import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, type Json } from '../lib/canonical-json.ts';
import { rfc3339 } from '../lib/clock.ts';
import type { AuditAction, AuditEvent } from '../model/audit.ts';
import type { Labels } from '../model/labels.ts';

/** A place in the chain: a record's number, from 1, and the SHA-256 in `event.hash`. */
export interface Head {
  readonly sequence: number;
  readonly hash: string;
}

/** What the first record links to. */
export const origin: Head = { sequence: 0, hash: '0'.repeat(64) };

/** Who writes: the same in every record of a process. */
export interface Issuer {
  readonly version: string;
  /** The machine's name. */
  readonly host: string;
  /** The name of this instance on it: `<hostname>:<port>`. */
  readonly instance: string;
}

/** An event in the bounds of a record. */
export interface NotedEvent extends AuditEvent {
  readonly at: number;
  /** When it was taken, ms since the epoch. */
  readonly notedAt: number;
}

const maxMessage = 1_000;
const maxLabels = 32;
const maxLabel = 256;

/** No record is longer, so that nobody has to read a longer line: all labels of the longest signs are 40 kB. */
export const maxRecordBytes = 65_536;

/** The version of the Elastic Common Schema that the fields are named after: https://www.elastic.co/docs/reference/ecs */
const ecsVersion = '9.0.0';

/** `event.category` and `event.type`, of ECS' allowed values and the types that it expects for the category. */
const categories: Readonly<Record<AuditAction, readonly [string, string]>> = {
  'runner-registered': ['configuration', 'creation'],
  'runner-removed': ['configuration', 'deletion'],
  'runner-online': ['host', 'start'],
  'runner-offline': ['host', 'end'],
  'job-started': ['process', 'start'],
  'job-ended': ['process', 'end'],
  'token-renewed': ['authentication', 'start'],
  'token-refused': ['authentication', 'start'],
  'runner-token-granted': ['authentication', 'start'],
  'runner-token-refused': ['authentication', 'start'],
  'runner-access-denied': ['network', 'denied'],
  'job-reported': ['process', 'info'],
  'verdict-changed': ['host', 'change'],
  'recovery-decided': ['host', 'info'],
  'recovery-ended': ['host', 'change'],
  'recovery-held': ['configuration', 'change'],
  'scaling-decided': ['host', 'change'],
  'recovery-released': ['configuration', 'change'],
  'runner-cordoned': ['configuration', 'change'],
  'runner-uncordoned': ['configuration', 'change'],
  'runnerwatch-started': ['process', 'start'],
  'runnerwatch-stopped': ['process', 'end'],
  'configuration-changed': ['configuration', 'change'],
  'audit-rotated': ['file', 'creation'],
  'audit-repaired': ['file', 'change'],
  'audit-broken': ['file', 'change'],
  'audit-dropped': ['file', 'info'],
};

/** Bounds what is foreign, and takes the time. Control characters go: every tool then writes the text alike. */
export function note(event: AuditEvent, now: number): NotedEvent {
  const labels = Object.entries(event.labels)
    .slice(0, maxLabels)
    .map(([name, value]) => [labelName(name), clean(value, maxLabel)]);
  return {
    ...event,
    message: clean(event.message, maxMessage),
    labels: Object.fromEntries(labels),
    at: event.at ?? now,
    notedAt: now,
  };
}

function clean(text: string, max: number): string {
  return text
    .slice(0, max)
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ');
}

/** As ECS asks of a field's name. The first sign is a letter, since numbers sort differently from tool to tool. */
function labelName(name: string): string {
  const lower = name.toLowerCase().slice(0, 64);
  return lower.replace(/[^a-z0-9_]/g, '_').replace(/^[^a-z]/, 'x');
}

/** One record behind `previous`: its line, with the line feed, and its own place. */
export function seal(
  event: NotedEvent,
  issuer: Issuer,
  previous: Head,
): { readonly line: string; readonly head: Head } {
  const sequence = previous.sequence + 1;
  const content = contentOf(event, issuer, { sequence, hash: previous.hash });
  const hash = hashOf(content);
  const line = `${canonicalJson({ ...content, event: { ...content.event, hash } })}\n`;
  return { line, head: { sequence, hash } };
}

/** The record without its hash. */
function contentOf({ action, at, notedAt, outcome, message, labels }: NotedEvent, issuer: Issuer, place: Head) {
  const [category, type] = categories[action];
  return {
    '@timestamp': rfc3339(at),
    ecs: { version: ecsVersion },
    event: {
      action,
      category: [category],
      ...(notedAt !== at && { created: rfc3339(notedAt) }),
      dataset: 'runnerwatch.audit',
      kind: 'event',
      ...(outcome && { outcome }),
      provider: 'runnerwatch',
      sequence: place.sequence,
      type: [type],
    },
    host: { name: issuer.host },
    labels,
    message,
    ...(labels.runner && { related: { hosts: [labels.runner] } }),
    runnerwatch: { audit: { previous_hash: place.hash } },
    service: { name: 'runnerwatch', node: { name: issuer.instance }, type: 'runnerwatch', version: issuer.version },
  };
}

function hashOf(content: Json): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

const Hash = z.string().regex(/^[0-9a-f]{64}$/);

const Shape = z.object({
  '@timestamp': z.iso.datetime(),
  event: z.object({ action: z.string(), hash: Hash, sequence: z.int().min(1) }),
  labels: z.record(z.string(), z.string()),
  message: z.string(),
  runnerwatch: z.object({ audit: z.object({ previous_hash: Hash }) }),
});

/** What is read of a record again. */
export interface AuditRecord {
  readonly head: Head;
  /** The hash that it links to. */
  readonly previous: string;
  readonly time: string;
  readonly action: string;
  readonly labels: Labels;
  readonly message: string;
}

/** What a line has, and what it should have. */
export interface Fault {
  readonly found: string;
  readonly expected: string;
}

/** `record` is there where the line can be read at all, `fault` where it is not as it was written. */
export interface Unsealed {
  readonly record: AuditRecord | undefined;
  readonly fault: Fault | undefined;
}

const noRecord: Unsealed = {
  record: undefined,
  fault: { found: 'a line that is no record', expected: 'a record of the audit log' },
};

/** Reads a line without its line feed. Never throws. */
export function unseal(line: Buffer): Unsealed {
  if (!isUtf8(line)) return noRecord;
  try {
    const raw: Raw = JSON.parse(line.toString('utf8'));
    const { event, labels, message, runnerwatch, '@timestamp': time } = Shape.parse(raw);
    const record: AuditRecord = {
      head: { sequence: event.sequence, hash: event.hash },
      previous: runnerwatch.audit.previous_hash,
      ...{ time, action: event.action, labels, message },
    };
    return { record, fault: faultOf(line, raw) };
  } catch {
    // No JSON, none of ours, or nested deeper than anybody can follow.
    return noRecord;
  }
}

/** What the schema has proven of a record, with all else that is in it. */
type Raw = { readonly [key: string]: Json } & {
  readonly event: { readonly hash: string; readonly [key: string]: Json };
};

function faultOf(line: Buffer, raw: Raw): Fault | undefined {
  const { hash: claimed, ...event } = raw.event;
  const hash = hashOf({ ...raw, event });
  if (hash !== claimed) return { found: `content with the hash ${hash}`, expected: `content with the hash ${claimed}` };
  if (line.equals(Buffer.from(canonicalJson(raw)))) return undefined;
  return { found: 'a record that is written in another way', expected: 'canonical JSON: sorted keys, no spaces' };
}
