import { expect, it } from 'vitest';
import { createRuleManager } from '../../src/alerts/rule-manager.ts';
import { loadRules } from '../../src/alerts/rules.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Alert } from '../../src/model/alert.ts';
import { createHistory } from '../../src/samples/history.ts';
import { createAlertStateStore } from '../../src/state/alert-state.ts';
import { openDatabase } from '../../src/state/database.ts';
import { FakeClock } from '../support/fake-clock.ts';

const minute = 60_000;
const text = JSON.stringify({ groups: [{ name: 'g', rules: [{ alert: 'Down', expr: 'up == 0' }] }] });

/** The rules of one process after the other over one database; each ends as a kill ends it, without a word. */
function createHouse() {
  const clock = new FakeClock(0);
  const database = openDatabase(':memory:');
  const store = createAlertStateStore(database);
  const said: Alert[] = [];
  function start() {
    const history = createHistory({ retentionMs: 60 * minute, maxSeries: 100, maxPoints: 10_000 });
    const groups = loadRules('g.rules.yml', text);
    const onAlerts = (alerts: readonly Alert[]): void => void said.push(...alerts);
    const manager = createRuleManager({
      ...{ groups, intervalMs: minute, history, clock, log: silentLog, store, externalURL: 'http://rw', onAlerts },
    });
    return async (up: number, other = 1): Promise<void> => {
      history.append('test', clock.now(), [
        { labels: { __name__: 'up' }, value: up },
        { labels: { __name__: 'up', other: 'yes' }, value: other },
      ]);
      await manager.evaluate(clock.now());
    };
  }
  return { clock, store, said, start, [Symbol.dispose]: () => database[Symbol.dispose]() };
}

it('says an end once after each kill, however long nobody looked', async () => {
  using house = createHouse();
  const first = house.start();
  await first(0);
  await house.clock.advance(minute);
  await first(1);
  house.said.length = 0;
  for (let day = 0; day < 3; day++) {
    await house.clock.advance(24 * 60 * minute);
    const evaluate = house.start();
    await evaluate(1);
    expect(house.said.splice(0).map(({ endsAt }) => endsAt)).toEqual([minute]);
  }
});

it('forgets what ended a while ago even if it is killed again and again', async () => {
  using house = createHouse();
  const first = house.start();
  await first(0);
  await house.clock.advance(minute);
  await first(1);
  for (let life = 0; life < 20; life++) {
    const evaluate = house.start();
    await house.clock.advance(minute / 2);
    await evaluate(1);
    await house.clock.advance(minute / 2);
    await evaluate(1, life % 2);
  }
  expect(house.store.load().map(({ labels }) => labels.other)).toEqual(['yes']);
});
