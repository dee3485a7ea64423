import { describe, expect, it } from 'vitest';
import { createInhibitor } from '../../src/alerts/inhibit.ts';
import { loadRouting } from '../../src/alerts/routing.ts';
import { fingerprint, type Labels } from '../../src/model/labels.ts';
import { alert, resolved, start } from './support/house.ts';

const { inhibitRules } = loadRouting(
  'alertmanager.yml',
  `
route: { receiver: none }
receivers: [{ name: none }]
inhibit_rules:
  - { source_matchers: [severity=critical], target_matchers: ['severity=~"warning|critical"'], equal: [host, disk] }
  - { source_match: { alertname: WanDown }, target_match_re: { kind: 'net.*' } }
`,
);

const critical = { severity: 'critical', host: 'a' };

const cases: readonly (readonly [string, Labels, readonly Labels[], readonly Labels[]])[] = [
  ['by a source with equal labels', { severity: 'warning', host: 'a' }, [critical], [critical]],
  ['not by another host', { severity: 'warning', host: 'b' }, [critical], []],
  ['not where only one has the label', { severity: 'warning', host: 'a', disk: 'x' }, [critical], []],
  ['not one that matches both sides by another of that kind', { ...critical, x: '1' }, [{ ...critical, x: '2' }], []],
  ['not by itself', critical, [critical], []],
  [
    'without equal, by any source',
    { kind: 'network' },
    [{ alertname: 'WanDown', host: 'z' }],
    [{ alertname: 'WanDown', host: 'z' }],
  ],
  ['only where the target matches as a whole', { kind: 'ethernet' }, [{ alertname: 'WanDown' }], []],
];

describe('an alert is inhibited', () => {
  it.each(cases)('%s', (_, labels, sources, by) => {
    const inhibitor = createInhibitor(
      inhibitRules,
      sources.map((source) => alert(source)),
      start,
    );
    expect(inhibitor(labels)).toEqual(by.map(fingerprint));
  });

  it('not by what has ended', () => {
    const inhibitor = createInhibitor(inhibitRules, [resolved(critical, start)], start);
    expect(inhibitor({ severity: 'warning', host: 'a' })).toEqual([]);
  });
});
