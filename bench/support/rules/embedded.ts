import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { createDispatcher } from '../../../src/alerts/dispatch.ts';
import { defaultRouting } from '../../../src/alerts/routing.ts';
import { createRuleManager, type RuleManager } from '../../../src/alerts/rule-manager.ts';
import { loadRules } from '../../../src/alerts/rules.ts';
import { systemClock as clock } from '../../../src/lib/clock.ts';
import { silentLog as log } from '../../../src/lib/log.ts';
import type { Labels } from '../../../src/model/labels.ts';
import { createHistory, type History } from '../../../src/samples/history.ts';
import { createAlertStateStore } from '../../../src/state/alert-state.ts';
import { openDatabase } from '../../../src/state/database.ts';
import { temporaryFolder } from '../../../test/support/processes.ts';
import { timed } from '../measure.ts';
import { hostCount, loadOf, type Mood, ownLabels, ruleCount, rulesFile } from './world.ts';

export interface Turns {
  /** What Prometheus calls `prometheus_rule_group_last_duration_seconds`, ms. */
  readonly group: readonly number[];
  /** With all that follows: the state on disk, grouping, and what is told. */
  readonly whole: readonly number[];
  /** How late, ms, the event loop came round in each turn (p99), and while it rested: the machine's own part. */
  readonly delay: readonly number[];
  readonly restDelay: readonly number[];
  readonly alerts: number;
}

export interface Embedded extends Disposable {
  /** Takes samples and evaluates so many times, a short while apart. */
  turns(mood: Mood, count: number): Promise<Turns>;
}

const pauseMs = 100;

/** The rules, the state on disk and the routing, as the process joins them; the samples come from no collector. */
export function createEmbedded(intervalSeconds: number): Embedded {
  const folder = temporaryFolder();
  const database = openDatabase(join(folder.path, 'state.db'));
  const history = createHistory({ retentionMs: 330_000, maxSeries: 100_000, maxPoints: 10_000_000 });
  const dispatcher = createDispatcher({
    ...{ routing: defaultRouting(), database, clock, log },
    delivery: { wake: () => undefined },
  });
  const manager = createRuleManager({
    groups: loadRules('rules.yml', rulesFile(intervalSeconds)),
    intervalMs: intervalSeconds * 1000,
    ...{ history, clock, log },
    store: createAlertStateStore(database),
    externalURL: 'http://localhost:9478',
    onAlerts: dispatcher.accept,
  });
  const world = labelsOfAll();
  let turn = 0;
  return {
    turns: async (mood, count) => {
      const turns = { group: [] as number[], whole: [] as number[], delay: [] as number[], restDelay: [] as number[] };
      for (let round = 0; round < count; round++) {
        takeSamples(history, world, mood, ++turn);
        await whileWatched(turns.restDelay, () => delay(pauseMs));
        await whileWatched(turns.delay, async () => {
          turns.whole.push(await timed(() => manager.evaluate(clock.now())));
        });
        turns.group.push(lastDuration(manager));
      }
      return { ...turns, alerts: manager.alerts().length };
    },
    [Symbol.dispose]() {
      database[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Adds how late the event loop came round meanwhile. A new monitor each time: it takes a pause for a delay. */
async function whileWatched(into: number[], work: () => Promise<void>): Promise<void> {
  const watching = monitorEventLoopDelay({ resolution: 1 });
  watching.enable();
  await work();
  // A delay is noted when the loop comes round again.
  await delay(2);
  watching.disable();
  into.push(watching.percentile(99) / 1e6);
}

/** One object for each series, as the collectors' pictures keep them. */
export function labelsOfAll(): readonly (readonly Labels[])[] {
  const target = { job: 'bench', instance: '127.0.0.1:9100' };
  return Array.from({ length: ruleCount }, (_, rule) =>
    Array.from({ length: hostCount }, (_, host) => ({
      __name__: `bench_metric_${rule}`,
      ...ownLabels(host),
      ...target,
    })),
  );
}

export function takeSamples(history: History, world: ReturnType<typeof labelsOfAll>, mood: Mood, turn: number): void {
  const series = world.flatMap((hosts, rule) =>
    hosts.map((labels, host) => ({ labels, value: loadOf(mood, rule, host, turn) })),
  );
  history.append('scrape', clock.now(), series);
}

function lastDuration(manager: RuleManager): number {
  return manager.groups()[0]?.lastDurationMs ?? Number.NaN;
}
