import { expect, it } from 'vitest';
import { toMatcher } from '../../src/alerts/matchers.ts';
import { silencesHolding } from '../../src/alerts/silences-holding.ts';
import type { MatchOperator } from '../../src/model/matcher.ts';
import type { Silence } from '../../src/model/silence.ts';
import { alert, resolved, start } from './support/house.ts';

const hour = 3_600_000;

function silence(
  id: string,
  matchers: readonly [string, MatchOperator, string][],
  over: Partial<Silence> = {},
): Silence {
  return {
    id,
    matchers: matchers.map((matcher) => toMatcher(...matcher)),
    ...{ startsAt: start - hour, endsAt: start + hour, updatedAt: start, createdBy: 'ada', comment: 'a new disk' },
    ...over,
  };
}

const alerts = [
  alert({ alertname: 'Down', host: 'a' }),
  alert({ alertname: 'Down', host: 'b' }),
  alert({ alertname: 'Full', host: 'a' }),
  resolved({ alertname: 'Old', host: 'a' }, start - 1),
];

function counted(...silences: readonly Silence[]) {
  return silencesHolding(silences, alerts, start).map(({ id, alerts: count }) => [id, count]);
}

it('counts what fires under each active silence', () => {
  const silences = [
    silence('name', [['alertname', '=', 'Down']]),
    silence('both', [
      ['alertname', '=', 'Down'],
      ['host', '=~', 'a|c'],
    ]),
    silence('pattern', [['host', '=~', '.+']]),
    silence('absent', [
      ['severity', '=', ''],
      ['host', '!=', 'a'],
    ]),
    silence('nothing', [['alertname', '=', 'Other']]),
    silence('what has ended', [['alertname', '=', 'Old']]),
  ];
  expect(counted(...silences)).toEqual([
    ['name', 2],
    ['both', 1],
    ['pattern', 3],
    ['absent', 1],
  ]);
});

it('leaves out a silence that has ended, and one that has not begun', () => {
  const pending = silence('pending', [['host', '=', 'a']], { startsAt: start + 1 });
  const expired = silence('expired', [['host', '=', 'a']], { endsAt: start });
  expect(counted(pending, expired)).toEqual([]);
});

it('does not count the notice of its own end', () => {
  const notice = alert({ alertname: 'SilenceEndsWithAlertFiring', silence: 'all' });
  const all = silence('all', [['alertname', '=~', '.+']]);
  expect(silencesHolding([all], [notice], start)).toEqual([]);
});

it('says what it matches and who set it, cut to what a label bears, and not its comment', () => {
  const long = silence('long', [['host', '=~', `a|${'x'.repeat(4000)}`]], { createdBy: 'y'.repeat(4000) });
  const [found] = silencesHolding([long], alerts, start);
  expect(found).toEqual({
    id: 'long',
    matchers: `{host=~"a|${'x'.repeat(189)}…`,
    createdBy: `${'y'.repeat(59)}…`,
    endsAt: start + hour,
    alerts: 2,
  });
});

it('takes no time over many silences that name their host', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => alert({ alertname: 'Down', host: `h${index}` }));
  let asked = 0;
  const silences = Array.from({ length: 1000 }, (_, index) => {
    const matcher = toMatcher('host', '=', `h${index}`);
    const test = (value: string): boolean => {
      asked++;
      return matcher.test(value);
    };
    return { ...silence(`s${index}`, []), matchers: [{ ...matcher, test }] };
  });
  expect(silencesHolding(silences, many, start)).toHaveLength(1000);
  expect(asked).toBe(1000);
});

it('looks at so many alerts and no more, for the silences that end first', () => {
  const many = Array.from({ length: 50_000 }, (_, index) => alert({ alertname: 'Down', host: `h${index}` }));
  const silences = Array.from({ length: 10 }, (_, index) =>
    silence(`s${index}`, [['host', '=~', 'h1.*']], { endsAt: start + (10 - index) * 60_000 }),
  );
  expect(silencesHolding(silences, many, start).map(({ id }) => id)).toEqual(['s9', 's8', 's7', 's6']);
});
