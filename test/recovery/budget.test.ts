import { describe, expect, it } from 'vitest';
import { allowance } from '../../src/recovery/budget.ts';
import { RecoveryConfig } from '../../src/recovery/config.ts';

const config = RecoveryConfig.parse({});
const now = Date.parse('2026-01-01T12:00:00Z');
const ago = (seconds: number): number => now - seconds * 1000;

describe('allowance', () => {
  it.each([
    ['no attempt yet', [], true, undefined],
    ['one attempt, the first wait not over', [ago(29)], false, 'backoff'],
    ['one attempt, the first wait over', [ago(30)], true, undefined],
    ['two attempts: the wait has doubled', [ago(300), ago(59)], false, 'backoff'],
    ['two attempts, the doubled wait over', [ago(300), ago(60)], true, undefined],
    ['three attempts use up the budget', [ago(3000), ago(2000), ago(1000)], false, 'budget'],
    ['an attempt that left the window counts no more', [ago(3600), ago(2000), ago(1000)], true, undefined],
    ['the clock stepped back: a future attempt counts as now', [ago(-7200)], false, 'backoff'],
  ] as const)('%s', (_, attempts, allowed, outcome) => {
    const result = allowance(config, attempts, now);
    expect(result.allowed).toBe(allowed);
    expect(result.allowed ? undefined : result.outcome).toBe(outcome);
  });

  it('says when the next attempt may start', () => {
    expect(allowance(config, [ago(10)], now)).toMatchObject({ reason: 'the next attempt may start in 20 s' });
  });
});
