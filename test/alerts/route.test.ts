import { describe, expect, it } from 'vitest';
import { formatMatchers, parseMatchers } from '../../src/alerts/matchers.ts';
import { matchRoute } from '../../src/alerts/route.ts';
import { defaultRouting, loadRouting } from '../../src/alerts/routing.ts';
import type { Labels } from '../../src/model/labels.ts';

const routing = loadRouting(
  'alertmanager.yml',
  `
route:
  receiver: root
  group_by: [alertname]
  routes:
    - { matchers: [log=yes], receiver: log, continue: true, group_by: ['...'] }
    - matchers: [team=ci]
      receiver: ci
      group_wait: 1s
      routes:
        - { matchers: [severity=page], receiver: pager, repeat_interval: 1h }
        - { matchers: ['severity=""'] }
    - { matchers: ['team=~".+"'], receiver: team }
receivers: [{ name: root }, { name: log }, { name: ci }, { name: pager }, { name: team }]
`,
);

describe('the route tree', () => {
  it.each<readonly [Labels, readonly string[]]>([
    [{}, ['root']],
    [{ team: 'ci', severity: 'page' }, ['pager']],
    [{ team: 'ci', severity: 'info' }, ['ci']],
    [{ team: 'ops' }, ['team']],
    [{ team: 'ops', log: 'yes' }, ['log', 'team']],
    [{ log: 'yes' }, ['log']],
  ])('sends %o to %o', (labels, receivers) => {
    expect(matchRoute(routing, labels).map(({ receiver }) => receiver)).toEqual(receivers);
  });

  it('inherits what a route does not say, and keys it by its matchers', () => {
    const [pager] = matchRoute(routing, { team: 'ci', severity: 'page' });
    const [bare] = matchRoute(routing, { team: 'ci' });
    expect(pager).toMatchObject({
      key: '{}/{team="ci"}/{severity="page"}',
      groupBy: ['alertname'],
      groupWaitMs: 1000,
      groupIntervalMs: 300_000,
      repeatIntervalMs: 3_600_000,
    });
    expect(bare).toMatchObject({ key: '{}/{team="ci"}/{severity=""}', receiver: 'ci', repeatIntervalMs: 14_400_000 });
  });

  it('without a file sends everything to one receiver without integrations', () => {
    const { root, receivers } = defaultRouting();
    expect([root.groupWaitMs, root.groupIntervalMs, root.repeatIntervalMs]).toEqual([30_000, 300_000, 14_400_000]);
    expect([...receivers]).toEqual([[root.receiver, []]]);
  });
});

describe('matchers', () => {
  it.each([
    ['a="b"', '{a="b"}'],
    ['a=b', '{a="b"}'],
    [' { a = "b" , c!~"d|e", } ', '{a="b",c!~"d|e"}'],
    ['{}', '{}'],
    ['a="x,y"', '{a="x,y"}'],
    ['a="\\"\\\\\\n"', '{a="\\"\\\\\\n"}'],
    ['"a b"="c"', '{"a b"="c"}'],
    ['a=b c', '{a="b c"}'],
    ['a=', '{a=""}'],
    ['a=~[x,y]z', undefined],
    ['a=\\d', '{a="\\\\d"}'],
    ['a==b', '{a="=b"}'],
    ['a', undefined],
    ['="b"', undefined],
    ['a="b" c="d"', undefined],
    ['a=b"c', undefined],
  ])('%s', (text, expected) => {
    if (expected === undefined) expect(() => parseMatchers(text)).toThrow('found ');
    else expect(formatMatchers(parseMatchers(text))).toBe(expected);
  });
});
