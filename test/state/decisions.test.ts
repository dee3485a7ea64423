import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { createDecisions, type NewDecision } from '../../src/state/decisions.ts';

const way = { groupKey: '{}:{}', queue: 'team/webhook[0]' };
const told: NewDecision = {
  fingerprint: 'f',
  what: 'told',
  same: 'firing 1',
  reason: 'first notification',
  about: 1000,
};
const accepted: NewDecision = { fingerprint: undefined, what: 'accepted', same: '', reason: 'accepted', about: 1000 };

describe('the decisions', () => {
  it('know the latest of each alert and of what came of it, and count what is decided again', () => {
    using database = openDatabase(':memory:');
    const decisions = createDecisions(database);
    const { add } = decisions;
    const first = add(way, told, { at: 1000, after: undefined });
    add(way, accepted, { at: 1001, after: undefined });
    add({ ...way, queue: 'other' }, told, { at: 1000, after: undefined });
    const ids = decisions.latest(way).map(({ id }) => id);
    decisions.again(ids, { reason: 'repeat interval elapsed', about: 5000 }, 5000);
    expect(decisions.latest(way)).toMatchObject([
      {
        ...{ ...way, ...told, about: 5000, count: 2, firstAt: 1000, lastAt: 5000 },
        lastReason: 'repeat interval elapsed',
      },
    ]);
    expect(decisions.latestOutcome(way)).toMatchObject({ ...accepted, count: 1 });
    const silenced = { ...told, what: 'suppressed', same: 'silence s', reason: 'silenced', until: 9000 } as const;
    add(way, silenced, { at: 6000, after: first });
    expect(decisions.latest(way).map(({ what, until }) => [what, until])).toEqual([['suppressed', 9000]]);
  });

  it('tell of an alert what was decided for it, and for its groups as a whole', () => {
    using database = openDatabase(':memory:');
    const decisions = createDecisions(database);
    decisions.keepAlert({ fingerprint: 'f', labels: { alertname: 'Down', a: '1' } });
    decisions.keepAlert({ fingerprint: 'g', labels: { alertname: 'Down', a: '2' } });
    decisions.keepAlert({ fingerprint: 'h', labels: { alertname: 'Up' } });
    decisions.add(way, told, { at: 1, after: undefined });
    decisions.add(way, accepted, { at: 2, after: undefined });
    decisions.add(way, { ...told, fingerprint: 'g' }, { at: 3, after: undefined });
    decisions.add({ ...way, groupKey: 'another' }, accepted, { at: 4, after: undefined });
    expect(decisions.about('f', 10).map(({ what, lastAt }) => [what, lastAt])).toEqual([
      ['accepted', 2],
      ['told', 1],
    ]);
    expect(decisions.about('f', 1)).toHaveLength(1);
    expect(decisions.alertsNamed('Down', 10).map(({ fingerprint }) => fingerprint)).toEqual(['g', 'f']);
    expect(decisions.alert('f')?.labels).toEqual({ alertname: 'Down', a: '1' });
    expect([decisions.alert('x'), [...decisions.names()].sort()]).toEqual([undefined, ['Down', 'Up']]);
  });

  it('forget what is old or too much, and the alerts with it', () => {
    using database = openDatabase(':memory:');
    const decisions = createDecisions(database, { rows: 10, ageMs: 1000 });
    for (let at = 0; at < 25; at++) {
      decisions.add({ ...way, groupKey: `${at}` }, { ...told, fingerprint: `${at}` }, { at, after: undefined });
      decisions.keepAlert({ fingerprint: `${at}`, labels: { alertname: `A${at}` } });
    }
    decisions.sweep(30);
    expect(decisions.names()).toHaveLength(10);
    decisions.sweep(1020);
    expect([...decisions.names()].sort()).toEqual(['A20', 'A21', 'A22', 'A23', 'A24']);
  });
});
