import { describe, expect, it } from 'vitest';
import type { RoundTrips } from '../support/impaired-link.ts';
import { createHouse } from '../support/netns.ts';
import { startRunnerwatchIn } from '../support/netns-runnerwatch.ts';
import { needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

interface Targets {
  readonly count: number;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Addresses that all are of the one far machine. */
function config({ count, settings }: Targets) {
  const targets = Array.from({ length: count }, (_, index) => ({
    ...{ name: `t${index}`, address: `10.78.1.${index + 1}` },
  }));
  return { targets, collectors: { icmp: { interval: '1h', ...settings } }, rules: { enabled: false } };
}

/** The values of one family, once the round is over. */
async function measured(at: Awaited<ReturnType<typeof startRunnerwatchIn>>, count: number) {
  let metrics = '';
  const isOver = async (): Promise<boolean> => {
    metrics = await at.metrics();
    return (metrics.match(/^probe_success\{/gm) ?? []).length === count;
  };
  await waitUntil(isOver, { timeoutMs: 50_000, what: () => at.output() });
  return (pattern: RegExp): readonly number[] =>
    metrics
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => Number(line.slice(line.lastIndexOf(' '))));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** How much one differs from the one before, as a mean (RFC 3550 without the smoothing). */
function jitter(values: readonly number[]): number {
  const steps = values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? value)));
  return steps.length === 0 ? 0 : mean(steps);
}

function lastOf(roundTrips: RoundTrips | undefined, count: number): readonly (readonly number[])[] | undefined {
  return roundTrips && [...roundTrips.values()].map((all) => all.slice(-count));
}

describe.skipIf(needs('netns'))('ICMP over a link that is known', () => {
  it('measures a loss of 30 % within 3 points', async () => {
    await using house = await createHouse({ impairment: { loss: 0.3 } });
    await using runnerwatch = await startRunnerwatchIn(
      house.here,
      config({ count: 200, settings: { count: 20, interval: '20s' } }),
    );
    const values = await measured(runnerwatch, 200);
    expect(values(/^runnerwatch_icmp_tool\{tool="fping"\}/)).toEqual([1]);
    const loss = values(/^runnerwatch_probe_packet_loss_ratio/);
    expect(loss).toHaveLength(200);
    // 4,000 packets: chance alone makes 0.7 points.
    expect(Math.abs(mean(loss) - 0.3)).toBeLessThan(0.03);
  }, 60_000);

  it.each([
    { count: 10, tool: 'fping', hopLimits: 0 },
    { count: 2, tool: 'ping', hopLimits: 2 },
  ])(
    'measures a delay of 50 ms within 3 ms by $tool',
    async ({ count, tool, hopLimits }) => {
      await using house = await createHouse({ impairment: { delayMs: 50 } });
      const pings = 10;
      const settings = { interval: '4s', count: pings };
      await using runnerwatch = await startRunnerwatchIn(house.here, config({ count, settings }));
      const values = await measured(runnerwatch, count);
      expect(values(new RegExp(`^runnerwatch_icmp_tool\\{tool="${tool}"\\}`))).toEqual([1]);
      // One hop: the gateway took one from 64.
      expect(values(/^probe_icmp_reply_hop_limit/)).toEqual(Array.from({ length: hopLimits }, () => 63));

      // A busy machine only ever adds to the delay, so that a round without such noise is waited for.
      let errors: readonly number[] = [];
      async function isQuiet(): Promise<boolean> {
        const now = await measured(runnerwatch, count);
        const least = now(/^runnerwatch_probe_rtt_min_seconds/);
        expect(Math.min(...least)).toBeGreaterThan(0.049);
        const means = now(/^probe_icmp_duration_seconds\{.*phase="rtt"/);
        expect(means).toHaveLength(count);
        const atLink = lastOf(house.roundTrips, pings) ?? [[50]];
        errors = [
          Math.abs(mean(least) - 0.05),
          Math.abs(mean(means) - mean(atLink.flat()) / 1000),
          Math.abs(mean(now(/^runnerwatch_probe_jitter_seconds/)) - mean(atLink.map(jitter)) / 1000),
        ];
        return errors.every((seconds) => seconds < 0.003);
      }
      await waitUntil(isQuiet, { timeoutMs: 40_000, what: () => `least, mean and jitter are off by ${errors} s` });
    },
    90_000,
  );
});
