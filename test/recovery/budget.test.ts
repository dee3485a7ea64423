import { describe, expect, it } from 'vitest';
import { allowance } from '../../src/recovery/budget.ts';
import { RecoveryConfig } from '../../src/recovery/config.ts';

const config = RecoveryConfig.parse({ backoff: { jitter: 0 }, budget: { total: 4 } });
const now = Date.parse('2026-01-01T12:00:00Z');
const asked = { runner: 'one', now };
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
    const result = allowance(config, { own: attempts, all: attempts }, asked);
    expect(result.allowed).toBe(allowed);
    expect(result.allowed ? undefined : result.outcome).toBe(outcome);
  });

  it('says when the next attempt may start', () => {
    expect(allowance(config, { own: [ago(10)], all: [ago(10)] }, asked)).toMatchObject({
      reason: 'the next attempt may start in 20 s',
      at: now + 20_000,
    });
  });

  it('says when the budget has room again', () => {
    const attempts = [ago(3000), ago(2000), ago(1000)];
    const refused = allowance(config, { own: attempts, all: attempts }, asked);
    expect(refused).toMatchObject({ at: now + 600_000, left: 0, totalLeft: 1 });
  });

  it('counts all runners together', () => {
    const all = [ago(3500), ago(3000), ago(2000), ago(1000)];
    expect(allowance(config, { own: [], all }, asked)).toMatchObject({
      outcome: 'budget',
      reason: '4 attempts on all runners within the last 60 minutes use up the budget',
      at: now + 100_000,
    });
  });

  it('makes a wait longer by chance, but always the same for one attempt', () => {
    const { budget } = config;
    const settings = RecoveryConfig.parse({ backoff: { jitter: 1 } });
    const waitOf = (runner: string, at = ago(0)): number => {
      const refused = allowance({ ...settings, budget }, { own: [at], all: [at] }, { runner, now });
      return 'at' in refused ? refused.at - at : 0;
    };
    const waits = Array.from({ length: 50 }, (_, index) => waitOf(`runner-${index}`));
    for (const wait of waits) {
      expect(wait).toBeGreaterThanOrEqual(30_000);
      expect(wait).toBeLessThanOrEqual(60_000);
    }
    expect(new Set(waits.map((wait) => Math.round(wait / 3000))).size).toBeGreaterThan(5);
    expect(waitOf('runner-1')).toBe(waits[1]);
    expect(waitOf('runner-1', ago(5))).not.toBe(waits[1]);
  });
});
