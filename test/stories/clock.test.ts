import { describe, expect, it } from 'vitest';
import { createRuleManager } from '../../src/alerts/rule-manager.ts';
import { loadRules } from '../../src/alerts/rules.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createHistory } from '../../src/samples/history.ts';
import { createAlertStateStore } from '../../src/state/alert-state.ts';
import { type HouseOptions, openHouse, start } from '../alerts/support/house.ts';
import { SettableClock } from '../support/settable-clock.ts';

/**
 * What Prometheus and Alertmanager do when the wall clock is set, from their sources: evaluations and groups follow
 * timers, which ask the monotonic clock; `for` and the ends of alerts compare wall times. Go's programs take no other
 * clock than the machine's, so that the real pair is not beside these stories.
 */
const [second, minute, hour] = [1000, 60_000, 3_600_000];
const intervalMs = 15 * second;
const routing = `
route: { receiver: team, group_by: [alertname], group_wait: 30s, group_interval: 1m }
receivers: [{ name: team, webhook_configs: [{ url: "http://a/" }] }]
`;

type Answer = NonNullable<HouseOptions['answer']>;

/** The engine from the samples to the receiver; `say` evaluates every 15 s for so long. */
function engine(rule: string, answer: Answer = () => ({ ok: true })) {
  const clock = new SettableClock(start);
  const house = openHouse({ routing, clock, answer });
  const history = createHistory({ retentionMs: 6 * minute, maxSeries: 100, maxPoints: 10_000 });
  const manager = createRuleManager({
    ...{ clock, history, log: silentLog, intervalMs, externalURL: 'http://rw/', externalLabels: {} },
    groups: loadRules('rules.yml', `groups: [{ name: g, rules: [{ alert: Down, expr: down == 1, ${rule} }] }]`),
    store: createAlertStateStore(house.database),
    onAlerts: house.dispatcher.accept,
  });
  const told: string[] = [];
  async function say(down: 0 | 1, ms: number): Promise<void> {
    for (const end = clock.monotonic() + ms; clock.monotonic() < end; ) {
      await clock.advance(intervalMs);
      history.append('test', clock.now(), [{ labels: { __name__: 'down' }, value: down }]);
      await manager.evaluateDue(clock.now());
      // With the seconds that have really passed.
      while (told.length < house.told.length) {
        told.push(`${(clock.monotonic() - start) / 1000} ${house.told[told.length]?.split(' ').slice(2).join(' ')}`);
      }
    }
  }
  return { clock, told, say, house, manager };
}

describe('a clock that is set', () => {
  it('forward, is not an end, and does not cut group_wait short', async () => {
    const { clock, told, say } = engine('for: 0s');
    await say(1, 30 * second);
    clock.set(hour);
    await say(1, 2 * minute);
    clock.set(hour);
    await say(1, 2 * minute);
    await say(0, 2 * minute);
    expect(told).toEqual(['45 firing Down', '345 resolved Down']);
  });

  it('forward, has a pending alert fire with the next evaluation', async () => {
    const { clock, told, say, manager } = engine('for: 5m');
    await say(1, 30 * second);
    expect(manager.alerts()).toMatchObject([{ state: 'pending' }]);
    clock.set(hour);
    await say(1, 2 * minute);
    expect(told).toEqual(['75 firing Down']);
  });

  it('back, holds up neither the evaluations nor the groups', async () => {
    const { clock, told, say } = engine('for: 0s');
    await say(1, 2 * minute);
    clock.set(-hour);
    await say(1, 2 * minute);
    await say(0, 2 * minute);
    expect(told).toEqual(['45 firing Down', '285 resolved Down']);
  });

  it('back, lets a `for` begin anew at worst', async () => {
    const { clock, told, say } = engine('for: 1m');
    await say(1, 45 * second);
    clock.set(-hour);
    await say(1, 3 * minute);
    expect(told).toEqual(['150 firing Down']);
  });

  it('back, ends what keep_firing_for held', async () => {
    const { clock, told, say } = engine('for: 0s, keep_firing_for: 1m');
    await say(1, 2 * minute);
    await say(0, 30 * second);
    clock.set(-hour);
    await say(0, 3 * minute);
    expect(told).toEqual(['45 firing Down', '285 resolved Down']);
  });

  it('back, does not hold up what is tried again', async () => {
    const failing: Answer = (_, attempt) =>
      attempt < 4 ? { ok: false, retry: true, reason: 'network', message: 'away' } : { ok: true };
    const { clock, say, house } = engine('for: 0s', failing);
    await say(1, 45 * second);
    expect(house.delivery.pending()).toBe(1);
    clock.set(-hour);
    await say(1, 30 * second);
    expect(house.delivery.pending()).toBe(0);
  });

  it('back by less than the history keeps, ends nothing and tells nothing twice', async () => {
    const { clock, told, say } = engine('for: 1m');
    await say(1, 6 * minute);
    clock.set(-2 * minute);
    await say(1, 6 * minute);
    expect(told).toEqual(['105 firing Down']);
  });
});
