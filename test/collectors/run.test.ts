import { describe, expect, it } from 'vitest';
import { PartialCollection } from '../../src/collectors/collector.ts';
import { type BoundCollector, createCollecting } from '../../src/collectors/run.ts';
import { silentLog } from '../../src/lib/log.ts';
import { gauge, type Sample, sample } from '../../src/model/sample.ts';
import { FakeClock } from '../support/fake-clock.ts';

const metric = gauge('test_value', 'A value.');
const one = [sample(metric, {}, 1)];
const hanging = new Promise<never>(() => undefined);

const told = ['c0'];

function setup(...units: Partial<BoundCollector>[]) {
  const clock = new FakeClock();
  const kept = new Map<string, readonly Sample[]>();
  const warnings: unknown[] = [];
  const collecting = createCollecting(
    units.map((unit, index) => ({
      name: `c${index}`,
      schedule: 'interval',
      config: { enabled: true, interval: 15_000, timeout: 5_000 },
      idle: () => undefined,
      collect: async () => one,
      ...unit,
    })),
    {
      clock,
      log: { ...silentLog, warn: (fields: unknown) => warnings.push(fields) } as never,
      latest: { replace: (source, samples) => kept.set(source, samples) },
      signal: new AbortController().signal,
      told,
    },
  );
  const success = () => collecting.status().map((status) => status.success);
  return { clock, kept, warnings, collecting, success };
}

describe('createCollecting', () => {
  it('keeps the samples and says success', async () => {
    const { collecting, kept, clock } = setup({});
    await collecting.collect('c0');
    expect(kept.get('c0')).toEqual(one);
    const values = collecting.samples().map(({ metric: { name }, labels, value }) => [name, labels.collector, value]);
    expect(values).toEqual([
      ['runnerwatch_collector_success', 'c0', 1],
      ['runnerwatch_collector_duration_seconds', 'c0', 0],
      ['runnerwatch_collector_last_success_timestamp_seconds', 'c0', clock.now() / 1000],
    ]);
  });

  it('says since when it succeeds again', async () => {
    const outcomes = [new Error('no route'), new Error('no route'), undefined, undefined];
    const { collecting, clock } = setup({
      collect: async () => {
        const failed = outcomes.shift();
        if (failed) throw failed;
        return one;
      },
    });
    const again = () => collecting.status().map(({ againAt }) => againAt);
    for (const _ of [1, 2]) await collecting.collect('c0');
    expect(again()).toEqual([undefined]);
    await clock.advance(1000);
    const recoveredAt = clock.now();
    await collecting.collect('c0');
    await clock.advance(1000);
    await collecting.collect('c0');
    expect(again()).toEqual([recoveredAt]);
    expect(collecting.samples().at(-1)).toMatchObject({
      metric: { name: 'runnerwatch_collector_recovered_timestamp_seconds' },
      value: recoveredAt / 1000,
    });
  });

  it('drops the samples of a failed collection, and logs a reason once', async () => {
    let fails = false;
    const { collecting, kept, warnings, success } = setup({
      collect: async () => {
        if (fails) throw new Error('no route');
        return one;
      },
    });
    await collecting.collect('c0');
    fails = true;
    await collecting.collect('c0');
    await collecting.collect('c0');
    expect(kept.get('c0')).toEqual([]);
    expect(success()).toEqual([false]);
    expect(warnings).toEqual([{ collector: 'c0', reason: 'no route' }]);
    expect(collecting.samples().map(({ value }) => value)).toContain(0);
  });

  it('keeps the part that a partial failure has', async () => {
    const { collecting, kept, success } = setup({
      collect: () => Promise.reject(new PartialCollection('one scope', one)),
    });
    await collecting.collect('c0');
    expect(kept.get('c0')).toEqual(one);
    expect(success()).toEqual([false]);
  });

  it('gives up a hanging collector at its timeout, and no other waits for it', async () => {
    const { collecting, clock, success } = setup(
      { schedule: 'scrape', collect: () => hanging },
      { schedule: 'scrape' },
    );
    const scraped = collecting.scrape();
    await clock.advance(0);
    expect(success()).toEqual([undefined, true]);
    await clock.advance(5_000);
    await scraped;
    expect(success()).toEqual([false, true]);
    expect(collecting.status()[0]?.error).toBe('collector c0 did not answer within 5 s');
  });

  it('shares one collection among all scrapes that ask meanwhile', async () => {
    let calls = 0;
    const count = async () => {
      calls++;
      return one;
    };
    const { collecting } = setup({ schedule: 'scrape', collect: count });
    await Promise.all([collecting.scrape(), collecting.scrape()]);
    expect(calls).toBe(1);
  });

  it('collects once more for who asks while a collection is under way: its picture may be older', async () => {
    let calls = 0;
    const count = async () => {
      calls++;
      return one;
    };
    const { collecting } = setup({ collect: count });
    await Promise.all([collecting.collect('c0'), collecting.collect('c0'), collecting.collect('c0')]);
    expect(calls).toBe(2);
  });

  it('runs on its schedule until the signal ends', async () => {
    let calls = 0;
    const count = async () => {
      calls++;
      return one;
    };
    const { collecting, clock } = setup({ collect: count });
    const stop = new AbortController();
    const running = collecting.run(stop.signal);
    await clock.advance(31_000);
    expect(calls).toBe(3);
    stop.abort();
    await running;
  });

  it('leaves out who is idle or disabled, and says why', async () => {
    const { collecting, kept } = setup(
      { idle: () => 'no token' },
      { config: { enabled: false, interval: 15_000, timeout: 5_000 } },
    );
    await collecting.collect('c0');
    await collecting.collect('c1');
    expect(collecting.status().map(({ name, idle }) => [name, idle])).toEqual([['c0', 'no token']]);
    expect(collecting.samples()).toEqual([]);
    expect(kept.size).toBe(0);
  });

  it('shows what an idle one was told, at once and at each of its turns, and calls it no collection', async () => {
    const known = [one, []];
    const view = () => known.shift() ?? [];
    const { collecting, kept } = setup({ idle: () => 'no token', view }, { idle: () => 'no token', view });
    collecting.show('c0');
    expect(kept.get('c0')).toEqual(one);
    await collecting.collect('c0');
    expect(kept.get('c0')).toEqual([]);
    expect([collecting.status()[0]?.idle, collecting.samples()]).toEqual(['no token', []]);
    // Nobody tells the other one.
    await collecting.collect('c1');
    expect(kept.has('c1')).toBe(false);
  });

  it('tells where what an idle one knows cannot be shown', async () => {
    const view = () => {
      throw new Error('disk full');
    };
    const { collecting, warnings } = setup({ idle: () => 'no token', view });
    await collecting.collect('c0');
    expect(warnings).toEqual([{ collector: 'c0', reason: 'disk full' }]);
  });

  it('begins when what it waits for appears, and fails when that goes away again', async () => {
    let reason: string | undefined = 'no socket';
    const collect = async () => {
      if (reason) throw new Error(reason);
      return one;
    };
    const { collecting, kept, success } = setup({ idle: () => reason, collect });
    await collecting.collect('c0');
    expect(success()).toEqual([undefined]);
    reason = undefined;
    await collecting.collect('c0');
    expect([collecting.status()[0]?.idle, kept.get('c0')]).toEqual([undefined, one]);
    reason = 'no socket';
    await collecting.collect('c0');
    expect(collecting.status()[0]).toMatchObject({ success: false, error: 'no socket', idle: undefined });
    expect(kept.get('c0')).toEqual([]);
  });
});
