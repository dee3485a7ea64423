import { describe, expect, it } from 'vitest';
import type { Fault } from './fault.ts';
import type { Report } from './run.ts';
import { summaryOf, tableOf } from './table.ts';

function fault(ends: Fault['expect']['ends']): Fault {
  const expect = { ends, pages: ends === 'paged' ? [{ alert: 'PathBroken', labels: {} }] : [] };
  return { name: `a-${ends}-one`, says: '', inject: async () => undefined, expect };
}

function report(given: Partial<Report> = {}): Report {
  const seen = { verdict: 'unhealthy', detectMs: 1234, endMs: 5678 };
  const acts = [{ at: 0, runner: 'homelab-1', action: 'restart', verdict: 'unhealthy' }];
  return { fault: fault('healed'), ...seen, acts, pages: [], harm: [], missing: [], ...given };
}

const times = (count: number, given: Partial<Report> = {}) => Array.from({ length: count }, () => report(given));

describe('what is printed of the scenarios', () => {
  it('is a row for each, which says where something did not come', () => {
    const told = { fault: fault('paged'), acts: [], verdict: 'cut-off' };
    expect(tableOf([report(), report({ ...told, missing: ['no page'], endMs: undefined, harm: ['one'] })])).toBe(
      [
        '| fault        | verdict   | detected | action  | end                   | after | harm |',
        '| ------------ | --------- | -------- | ------- | --------------------- | ----- | ---- |',
        '| a-healed-one | unhealthy | 1.2 s    | restart | healed                | 5.7 s | 0    |',
        '| a-paged-one  | cut-off   | 1.2 s    | none    | NOT paged: PathBroken |       | 1    |',
      ].join('\n'),
    );
  });

  it.each<[string, readonly Report[], boolean]>([
    ['nine of ten that healed', [...times(9), ...times(1, { missing: ['late'] })], true],
    ['eight of ten', [...times(8), ...times(2, { missing: ['late'] })], false],
    ['one that was not told', [...times(9), report({ fault: fault('paged'), missing: ['no page'] })], false],
    ['one harm', [...times(9), report({ harm: ['a job ended'] })], false],
  ])('judges %s', (_, reports, isGood) => {
    expect(summaryOf(reports)).toMatchObject({ isGood });
  });

  it('counts', () => {
    expect(summaryOf([report(), report({ missing: ['late'], harm: ['a job ended'] })])).toMatchObject({
      lines: [
        'healed with no person: 1 of 2 that can be healed (50 %)',
        'told the right cause, or let be what was wanted: 0 of 0 others',
        'harm done: 1',
      ],
      details: ['a-healed-one: late', 'HARM a-healed-one: a job ended'],
    });
  });
});
