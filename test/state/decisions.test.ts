import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { createDecisions, type Decision, type NewDecision } from '../../src/state/decisions.ts';

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
    decisions.add(way, told, 1000);
    decisions.add(way, accepted, 1001);
    decisions.add({ ...way, queue: 'other' }, told, 1000);
    const isTold = ({ what }: Decision): boolean => what === 'told';
    const ids = decisions.latest(way).filter(isTold);
    decisions.again(
      ids.map(({ id }) => id),
      { reason: 'repeat interval elapsed', about: 5000 },
      5000,
    );
    expect(decisions.latest(way)).toMatchObject([
      { ...accepted, count: 1, until: undefined, lastReason: undefined },
      {
        ...{ ...way, ...told, about: 5000, count: 2, firstAt: 1000, lastAt: 5000 },
        lastReason: 'repeat interval elapsed',
      },
    ]);
    decisions.add(way, { ...told, what: 'suppressed', same: 'silence s', reason: 'silenced', until: 9000 }, 6000);
    expect(decisions.latest(way).map(({ what, until }) => [what, until])).toEqual([
      ['accepted', undefined],
      ['suppressed', 9000],
    ]);
  });

  it('tell of an alert what was decided for it, and for its groups as a whole', () => {
    using database = openDatabase(':memory:');
    const decisions = createDecisions(database);
    decisions.keepAlert({ fingerprint: 'f', labels: { alertname: 'Down', a: '1' } });
    decisions.keepAlert({ fingerprint: 'g', labels: { alertname: 'Down', a: '2' } });
    decisions.keepAlert({ fingerprint: 'h', labels: { alertname: 'Up' } });
    decisions.add(way, told, 1);
    decisions.add(way, accepted, 2);
    decisions.add(way, { ...told, fingerprint: 'g' }, 3);
    decisions.add({ ...way, groupKey: 'another' }, accepted, 4);
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
      decisions.keepAlert({ fingerprint: `${at}`, labels: { alertname: `A${at}` } });
      decisions.add({ ...way, groupKey: `${at}` }, { ...told, fingerprint: `${at}` }, at);
    }
    expect(decisions.names().length).toBeLessThanOrEqual(11);
    decisions.sweep(30);
    expect(decisions.names()).toHaveLength(10);
    decisions.sweep(1020);
    expect([...decisions.names()].sort()).toEqual(['A20', 'A21', 'A22', 'A23', 'A24']);
  });
});
