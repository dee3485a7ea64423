import { describe, expect, it } from 'vitest';
import { listDeadLetters } from '../../src/commands/alerts-dead.ts';
import { resendDeadLetters } from '../../src/commands/alerts-resend.ts';
import { explainAlert } from '../../src/commands/alerts-why.ts';
import { recordedIo } from './support.ts';

const at = (minutes: number): string => new Date(Date.UTC(2026, 0, 1, 12, minutes)).toISOString();
const way = { groupKey: '{}:{}', queue: 'team/webhook[0]' };
const told = {
  ...{ ...way, fingerprint: '00000000000000aa', what: 'told', same: 'firing 1', reason: 'first notification' },
  ...{ lastReason: 'repeat interval elapsed', about: at(-5), firstAt: at(-245), lastAt: at(-5), count: 2 },
};
const retried = {
  ...{ ...way, what: 'retried', same: 'server', reason: 'status 500', lastReason: 'status 503', about: at(-5) },
  ...{ until: at(1), firstAt: at(-5), lastAt: at(-1), count: 3 },
};
const muted = {
  ...{ ...way, fingerprint: '00000000000000aa', what: 'suppressed', same: 'x', reason: 'muted by time interval night' },
  ...{ firstAt: at(-4), lastAt: at(-2), count: 2 },
};
const rule = {
  ...{ file: '/r.yml', group: 'g', expr: 'up\n  == 0', forMs: 600_000, keepFiringForMs: 300_000, health: 'err' },
  ...{ lastError: 'too many\u001b[31m series', lastEvaluation: at(0) },
};
const route = {
  ...{ matchers: [], key: '{}/escalation="night"/1', receiver: 'team', step: { chain: 'night', number: 2 } },
  ...{ groupKey: '{}:{}', groupLabels: {}, nextFlushAt: at(4), mutedBy: ['night'], suppressed: [] },
  ways: [
    {
      ...{ queue: 'team/webhook[0]', sendResolved: true, latest: muted, told, outcome: retried },
      waiting: [{ createdAt: at(-5), attempts: 3, dueAt: at(1) }],
    },
  ],
};
const story = {
  ...{ fingerprint: '00000000000000aa', labels: { alertname: 'Down', host: 'a' }, annotations: {}, phase: 'firing' },
  ...{ rule: 0, value: '0', firingSince: at(-245), keptSince: at(-2), keptUntil: at(3) },
  holding: [
    { by: 'inhibition', source: '00000000000000bb', labels: { alertname: 'Wan' } },
    { by: 'silence', source: 'id', createdBy: 'ann', comment: 'new disk', until: at(90) },
  ],
  ...{ routes: [route], history: [retried, muted, told] },
};
const why = { at: at(0), alertname: 'Down', rules: [rule], alerts: [story], leftTo: [], leftOut: 3, nearest: [] };
const none = { ...why, rules: [], alerts: [], leftOut: 0, nearest: ['Down', 'Go\u001b[2J\nDown'] };
const options = { url: undefined, json: false, labels: ['host=a'] };

describe('alerts why', () => {
  it('says for each alert where it stands, what holds it back, and what was told to whom', async () => {
    const io = recordedIo({}, { status: 200, body: { data: why } });
    expect(await explainAlert(io, 'Down', options)).toBe(0);
    expect(io.asked).toEqual(['http://127.0.0.1:9478/api/v1/alerts/why?alertname=Down&filter=host%3Da']);
    expect(io.printed).toEqual([
      `Down{host="a"}: firing since ${at(-245)} (4h5m ago), value 0; its expression gives nothing since ${at(-2)} (2m ago), keep_firing_for holds it until ${at(3)} (in 3m)`,
      '  fingerprint 00000000000000aa',
      `  rule        group g of /r.yml; for 10m, keep_firing_for 5m, evaluated ${at(0)} (in 0s)`,
      '  expr        up == 0',
      '  error       too many [31m series',
      '  held back   inhibited by Wan (fingerprint 00000000000000bb)',
      `  held back   silenced by id until ${at(90)} (in 1h30m), ann: "new disk"`,
      `  route       step 2 of escalation night: receiver team, group {}:{}, next flush ${at(4)} (in 4m)`,
      '    muted now by time interval night',
      `    team/webhook[0]: told firing ${at(-245)} (4h5m ago): first notification; 2 times, last ${at(-5)} (5m ago): repeat interval elapsed`,
      `    team/webhook[0]: not accepted yet: tried 3 times, next ${at(1)} (in 1m): status 503`,
      `    team/webhook[0]: held back since ${at(-4)} (4m ago) at 2 flushes: muted by time interval night`,
      '  history',
      `    ${at(-5)} to ${at(-1)}, 3 times  team/webhook[0]  retried: status 500; last: status 503`,
      `    ${at(-4)} to ${at(-2)}, 2 times  team/webhook[0]  suppressed: muted by time interval night`,
      `    ${at(-245)} to ${at(-5)}, 2 times  team/webhook[0]  told firing: first notification; last: repeat interval elapsed`,
      '',
      '3 more alerts match: say with --label which ones',
    ]);
  });

  it('ends with 1 where nothing has the name, as JSON too', async () => {
    const io = recordedIo({}, { status: 200, body: { data: none } });
    expect(await explainAlert(io, 'Dwon', options)).toBe(1);
    expect([io.printed, io.failed]).toEqual([
      [],
      ['found no rule and no alert that is called "Dwon"', 'there are: Down, Go [2J Down'],
    ]);
    expect(await explainAlert(io, 'Dwon', { ...options, json: true })).toBe(1);
    expect(JSON.parse(io.printed.join('\n'))).toEqual(none);
  });

  it('takes 16 hexadecimal digits for a fingerprint', async () => {
    const io = recordedIo({}, { status: 200, body: { data: why } });
    await explainAlert(io, '00000000000000aa', { ...options, labels: [] });
    expect(io.asked).toEqual(['http://127.0.0.1:9478/api/v1/alerts/why?fingerprint=00000000000000aa']);
  });
});

describe('dead letters', () => {
  it('are none where none was given up', async () => {
    const io = recordedIo({}, { status: 200, body: { data: { letters: [] } } });
    expect(await listDeadLetters(io, { url: undefined, json: false })).toBe(0);
    expect(io.printed).toEqual(['no notification was given up']);
  });

  it('are sent again by id or all of them, never both', async () => {
    const io = recordedIo({}, { status: 200, body: { data: { resent: [], refused: [] } } });
    const asked = { url: undefined, json: false, to: undefined, tokenFile: undefined };
    expect(await resendDeadLetters(io, { ...asked, ids: ['1'], all: true })).toBe(2);
    expect(await resendDeadLetters(io, { ...asked, ids: ['1\u001b'], all: false })).toBe(2);
    expect([io.asked, io.failed]).toEqual([
      [],
      [
        'runnerwatch: say either the ids of dead letters or --all; runnerwatch alerts dead lists them',
        'runnerwatch: found "1\\u001b", expected an id as runnerwatch alerts dead lists it',
      ],
    ]);
    expect(await resendDeadLetters(io, { ...asked, ids: [], all: true })).toBe(0);
    expect(io.printed).toEqual(['no notification was given up']);
  });
});
