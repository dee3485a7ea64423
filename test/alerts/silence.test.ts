import { describe, expect, it } from 'vitest';
import { parseMatchers } from '../../src/alerts/matchers.ts';
import { type AskedSilence, createSilences } from '../../src/alerts/silences.ts';
import { createLog, type Log, silentLog } from '../../src/lib/log.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createSilenceStore } from '../../src/state/silences.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { alert, openHouse, resolved, start } from './support/house.ts';

const minute = 60_000;
const hour = 60 * minute;

function asked(matchers: string, over: Partial<AskedSilence> = {}): AskedSilence {
  const times = { startsAt: start, endsAt: start + hour };
  return { id: undefined, matchers: parseMatchers(matchers), ...times, createdBy: 'me', comment: 'why', ...over };
}

function open({ limit, log = silentLog }: { readonly limit?: number; readonly log?: Log } = {}) {
  const [clock, database] = [new FakeClock(start), openDatabase(':memory:')];
  const parts = { store: createSilenceStore(database), clock, log, ...(limit === undefined ? {} : { limit }) };
  const again = () => createSilences(parts);
  return { clock, silences: again(), again };
}

function idOf(result: ReturnType<ReturnType<typeof open>['silences']['set']>): string {
  if (!result.ok) throw new Error(result.message);
  return result.id;
}

describe('silences', () => {
  it('go from pending to active to expired, and silence only while they are active', async () => {
    const { clock, silences } = open();
    const id = idOf(silences.set(asked('alertname="A"', { startsAt: start + minute })));
    const seen = [silences.silencing({ alertname: 'A' })];
    await clock.advance(minute);
    seen.push(silences.silencing({ alertname: 'A' }), silences.silencing({ alertname: 'B' }));
    await clock.advance(hour);
    seen.push(silences.silencing({ alertname: 'A' }));
    expect(seen).toEqual([[], [id], [], []]);
    expect(silences.stats()).toEqual({ pending: 0, active: 0, expired: 1 });
  });

  it('outlive a restart, regular expressions and all, and are forgotten 120 h after their end', async () => {
    const { clock, silences, again } = open();
    const id = idOf(silences.set(asked('alertname=~"A|B",x!="y"')));
    expect(again().silencing({ alertname: 'B' })).toEqual([id]);
    await clock.advance(121 * hour);
    const later = again();
    later.sweep();
    expect([later.all(), again().all()]).toEqual([[], []]);
  });

  it('keep their id where only the end or the comment changes, and get a new one where more does', () => {
    const { silences } = open();
    const id = idOf(silences.set(asked('a="b"')));
    expect(idOf(silences.set(asked('a="b"', { id, endsAt: start + 2 * hour, comment: 'longer' })))).toBe(id);
    const next = idOf(silences.set(asked('a="c"', { id })));
    expect(next).not.toBe(id);
    expect(silences.silencing({ a: 'b' })).toEqual([]);
    expect(silences.silencing({ a: 'c' })).toEqual([next]);
    expect(silences.get(id)?.endsAt).toBe(start);
  });

  it('end at once when they are expired, and once for all', () => {
    const { silences } = open();
    const id = idOf(silences.set(asked('a="b"')));
    expect(silences.expire(id)).toEqual({ ok: true, id });
    expect(silences.silencing({ a: 'b' })).toEqual([]);
    const [before] = silences.all();
    expect([silences.expire(id), silences.all()]).toEqual([{ ok: true, id }, [before]]);
    expect(silences.expire('x')).toMatchObject({ fault: 'not-found' });
  });

  it('are logged with who made them', () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const { silences } = open({ log: createLog({ level: 'info', format: 'json', terminal: false }, { write }) });
    const id = idOf(silences.set(asked('a="b"', { comment: 'two\nlines' })));
    const who = { silence: id, matchers: '{a="b"}', createdBy: 'me', comment: 'two\nlines' };
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ msg: 'silence changed', ...who }]);
  });

  it('refuse what makes no sense, and more than they may hold', () => {
    const { silences } = open({ limit: 1 });
    const faults = [
      asked('a="b"', { endsAt: start }),
      asked('a="b"', { startsAt: start - hour, endsAt: start - minute }),
      asked('a=~".*"'),
      asked('a="b"', { comment: 'x'.repeat(5000) }),
      asked('a="b"', { id: 'x' }),
    ].map((each) => silences.set(each));
    expect(faults.map((fault) => fault.ok || fault.fault)).toEqual([
      ...Array.from({ length: 4 }, () => 'invalid'),
      'not-found',
    ]);
    const id = idOf(silences.set(asked('a="b"')));
    expect(silences.set(asked('a="c"'))).toMatchObject({ ok: false, fault: 'full' });
    silences.expire(id);
    const next = idOf(silences.set(asked('a="c"')));
    expect(silences.all().map((each) => each.id)).toEqual([next]);
  });
});

describe('a silenced alert', () => {
  const routing = `
route: { receiver: team, group_by: [cluster], group_wait: 0s, group_interval: 1m, repeat_interval: 1h }
receivers: [{ name: team, webhook_configs: [{ url: "http://a/" }] }]
`;
  const [a, b] = [{ alertname: 'A' }, { alertname: 'B' }];

  it('is not told, with the reason, and is told when the silence ends', async () => {
    const { dispatcher, clock, told } = openHouse({ routing });
    const id = idOf(dispatcher.silences.set(asked('alertname="A"', { endsAt: start + 90_000 })));
    dispatcher.accept([alert(a)]);
    expect(dispatcher.groups()[0]?.suppressed).toEqual([
      { fingerprint: alert(a).fingerprint, reason: `silenced by ${id}`, by: 'silence', sources: [id] },
    ]);
    expect(dispatcher.alerts()).toMatchObject([{ status: 'suppressed', silencedBy: [id] }]);
    await clock.advance(3 * minute);
    expect(told).toEqual(['120 team/webhook[0] firing A']);
    expect(dispatcher.stats().suppressed.get('silence')).toBe(2);
  });

  it('is told to be resolved where it was told to fire, however long the silence', async () => {
    const { dispatcher, clock, told } = openHouse({ routing });
    dispatcher.accept([alert(a)]);
    dispatcher.silences.set(asked('alertname="A"', { endsAt: start + 24 * hour }));
    await clock.advance(10 * hour);
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(2 * minute);
    expect(told).toEqual(['0 team/webhook[0] firing A', '36060 team/webhook[0] resolved A']);
  });

  it('is told to be resolved although the group was told without it meanwhile', async () => {
    const { dispatcher, clock, told } = openHouse({ routing });
    dispatcher.accept([alert(a)]);
    dispatcher.silences.set(asked('alertname="A"', { endsAt: start + 24 * hour }));
    dispatcher.accept([alert(b)]);
    await clock.advance(minute);
    dispatcher.accept([resolved(b, clock.now())]);
    await clock.advance(minute);
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(minute);
    expect(told).toEqual([
      '0 team/webhook[0] firing A',
      '60 team/webhook[0] firing B',
      '120 team/webhook[0] resolved B',
      '180 team/webhook[0] resolved A',
    ]);
  });

  it('is not told to be resolved where nobody was told that it fires', async () => {
    const { dispatcher, clock, told } = openHouse({ routing });
    dispatcher.silences.set(asked('alertname="A"'));
    dispatcher.accept([alert(a)]);
    await clock.advance(minute);
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(2 * minute);
    expect(told).toEqual([]);
  });
});
