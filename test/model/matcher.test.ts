import { describe, expect, it } from 'vitest';
import { groupOf } from '../../src/alerts/group.ts';
import { parseMatchers } from '../../src/alerts/matchers.ts';
import { matchesAll } from '../../src/model/matcher.ts';
import { alert, openHouse } from '../alerts/support/house.ts';

describe('a label that is called like a member of every object', () => {
  it.each([
    ['constructor=""', true],
    ['constructor!=""', false],
    ['toString=~".+"', false],
    ['__proto__=~".*"', true],
    ['hasOwnProperty!~".+"', true],
  ])('%s is asked for as any other: %s', (text, matches) => {
    expect(matchesAll({ alertname: 'A' }, parseMatchers(text))).toBe(matches);
  });

  it('makes no group and stops no notification', () => {
    const house = openHouse({
      routing: `
route: { receiver: team, group_by: [constructor], group_wait: 0s }
receivers: [{ name: team, webhook_configs: [{ url: "http://a/" }] }]
inhibit_rules: [{ source_matchers: ['toString=~".+"'], target_matchers: [alertname=A], equal: [valueOf] }]
`,
    });
    house.dispatcher.accept([alert({ alertname: 'A' })]);
    expect(house.told).toEqual(['0 team/webhook[0] firing A']);
    expect(groupOf(house.routing.root, { constructor: 'x' } as never).labels).toEqual({ constructor: 'x' });
  });
});
