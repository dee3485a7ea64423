import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/lib/canonical-json.ts';
import { auditActions } from '../../src/model/audit.ts';
import { maxRecordBytes, note, origin, seal, unseal } from '../../src/state/audit-record.ts';
import { issuer, online } from '../support/audit.ts';

const at = Date.parse('2026-01-31T12:00:00Z');

describe('canonical JSON', () => {
  // The example of RFC 8785, section 3.2.3, and numbers of its appendix B.
  it('sorts keys by UTF-16 code units, and writes strings and numbers as ECMAScript does', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
    expect(Object.values(JSON.parse(canonicalJson(value)))).toHaveLength(7);
    expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}');
    expect(canonicalJson({ '10': 1, '9': 2 })).toBe('{"10":1,"9":2}');
    expect(canonicalJson([1e21, 1e-7, -0, 0.000001, '\u000f"\\/'])).toBe('[1e+21,1e-7,0,0.000001,"\\u000f\\"\\\\/"]');
    expect(canonicalJson({ b: [true, null, {}], a: { d: 1, c: [] } })).toBe('{"a":{"c":[],"d":1},"b":[true,null,{}]}');
  });
});

describe('a record', () => {
  it('is one line of the Elastic Common Schema, with its hash over all else', () => {
    const { line, head } = seal(note({ ...online('homelab-1'), at }, at + 500), issuer, origin);
    const content = [
      '{"@timestamp":"2026-01-31T12:00:00.000Z","ecs":{"version":"9.0.0"},"event":{"action":"runner-online",',
      '"category":["host"],"created":"2026-01-31T12:00:00.500Z","dataset":"runnerwatch.audit",',
      '"kind":"event","outcome":"success","provider":"runnerwatch","sequence":1,"type":["start"]},',
      '"host":{"name":"ci-1"},"labels":{"runner":"homelab-1"},"message":"homelab-1 is online.",',
      `"related":{"hosts":["homelab-1"]},"runnerwatch":{"audit":{"previous_hash":"${'0'.repeat(64)}"}},`,
      '"service":{"name":"runnerwatch","node":{"name":"ci-1:9478"},"type":"runnerwatch","version":"1.2.3"}}',
    ].join('');
    const hash = createHash('sha256').update(content).digest('hex');
    expect(line).toBe(`${content.replace('"kind"', `"hash":"${hash}","kind"`)}\n`);
    expect(hash).toBe('777f73c0a21207166efd86742766e2f69bc844e057f692620ddef0a590eedcdf');
    expect(head).toEqual({ sequence: 1, hash });
    expect(unseal(Buffer.from(line.trimEnd()))).toEqual({
      record: {
        head,
        previous: '0'.repeat(64),
        time: '2026-01-31T12:00:00.000Z',
        action: 'runner-online',
        labels: { runner: 'homelab-1' },
        message: 'homelab-1 is online.',
      },
      fault: undefined,
    });
  });

  it('leaves out what an event does not have', () => {
    const event = { action: 'runnerwatch-stopped', message: 'Stopped.', labels: {} } as const;
    const { event: fields, related } = JSON.parse(seal(note(event, at), issuer, origin).line);
    expect([Object.keys(fields).includes('outcome'), Object.keys(fields).includes('created'), related]).toEqual([
      false,
      false,
      undefined,
    ]);
  });

  it('has the categories and types that the schema allows, for every action', () => {
    const allowed: Readonly<Record<string, readonly string[]>> = {
      authentication: ['start', 'end', 'info'],
      configuration: ['access', 'change', 'creation', 'deletion', 'info'],
      file: ['access', 'change', 'creation', 'deletion', 'info'],
      host: ['access', 'change', 'end', 'info', 'start'],
      network: ['access', 'allowed', 'connection', 'denied', 'end', 'info', 'protocol', 'start'],
      process: ['access', 'change', 'end', 'info', 'start'],
    };
    for (const action of auditActions) {
      const { event } = JSON.parse(seal(note({ action, message: '', labels: {} }, at), issuer, origin).line);
      expect(allowed[event.category[0]]).toContain(event.type[0]);
    }
  });

  it('keeps foreign text in bounds: length, control characters, lone surrogates, names of labels', () => {
    const labels = Object.fromEntries(Array.from({ length: 99 }, (_, index) => [`l${index}`, '\u{1f600}'.repeat(999)]));
    const event = { action: 'job-ended', message: `a\nb\u007f\ud800${'😀'.repeat(999)}`, labels } as const;
    const { line } = seal(note(event, at), issuer, origin);
    expect(Buffer.byteLength(line)).toBeLessThan(maxRecordBytes);
    const { message, labels: kept } = JSON.parse(line);
    expect(message.startsWith('a b \ufffd😀')).toBe(true);
    expect([message.length, Object.keys(kept).length, kept.l0.length]).toEqual([1000, 32, 256]);
    expect(unseal(Buffer.from(line.trimEnd())).fault).toBeUndefined();
    const named = { action: 'job-ended', message: '', labels: { 'Äh-Name': '1', '7': '2', __proto__x: '3' } } as const;
    expect(note(named, at).labels).toEqual({ xh_name: '1', x: '2', x_proto__x: '3' });
  });

  it.each([
    ['nothing', ''],
    ['another text', 'hello'],
    ['another object', '{"a":1}'],
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0x7d])],
    ['something very deep', '['.repeat(60_000)],
    ['something deep that ends', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
  ])('is not %s', (_, text) => {
    expect(unseal(Buffer.from(text)).record).toBeUndefined();
  });
});
