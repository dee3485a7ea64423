import { describe, expect, it } from 'vitest';
import { createRuleManager, type RuleManager } from '../../src/alerts/rule-manager.ts';
import { loadRules } from '../../src/alerts/rules.ts';
import { createLog, type Log, silentLog } from '../../src/lib/log.ts';
import type { Alert } from '../../src/model/alert.ts';
import { fingerprint, type Labels } from '../../src/model/labels.ts';
import { createHistory, type History } from '../../src/samples/history.ts';
import { createAlertStateStore } from '../../src/state/alert-state.ts';
import { type Database, openDatabase } from '../../src/state/database.ts';
import { FakeClock } from '../support/fake-clock.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const minute = 60_000;

interface Bench {
  readonly clock: FakeClock;
  readonly manager: RuleManager;
  readonly history: History;
  readonly database: Database;
  /** One line for each alert that was said: `90 Down{runner="a"} firing`. */
  readonly said: string[];
  readonly alerts: Alert[];
  /** Writes the runners that are down, and evaluates. */
  turn(...down: readonly string[]): void;
  /** A turn every 15 s. */
  turns(ms: number, ...down: readonly string[]): Promise<void>;
}

function line(alert: Alert, now: number): string {
  const state = alert.endsAt <= now ? 'resolved' : 'firing';
  return `${(now - start) / 1000} ${alert.labels.alertname}/${alert.labels.runner} ${state}`;
}

interface BenchOptions {
  readonly clock?: FakeClock;
  readonly database?: Database;
  readonly file?: string;
  /** Goes on over a reload, not over a restart. */
  readonly history?: History;
  readonly log?: Log;
  readonly externalLabels?: Labels;
}

function bench(rules: string, options: BenchOptions = {}): Bench {
  const { clock = new FakeClock(start), database = openDatabase(':memory:'), file = 'rules.yml' } = options;
  const { history = createHistory({ retentionMs: 60 * minute, maxSeries: 1000, maxPoints: 100_000 }) } = options;
  const said: string[] = [];
  const alerts: Alert[] = [];
  const manager = createRuleManager({
    groups: loadRules(file, rules),
    intervalMs: 15_000,
    history,
    clock,
    log: options.log ?? silentLog,
    store: createAlertStateStore(database),
    externalURL: 'http://rw:9478',
    externalLabels: options.externalLabels ?? {},
    onAlerts(batch) {
      alerts.push(...batch);
      said.push(...batch.map((alert) => line(alert, clock.now())));
    },
  });
  function turn(...down: readonly string[]): void {
    const series = down.map((runner) => ({ labels: { __name__: 'down', runner }, value: 1 }));
    history.append('test', clock.now(), series);
    void manager.evaluate(clock.now());
  }
  async function turns(ms: number, ...down: readonly string[]): Promise<void> {
    for (const end = clock.now() + ms; clock.now() < end; ) {
      await clock.advance(15_000);
      turn(...down);
    }
  }
  return { clock, manager, history, database, said, alerts, turn, turns };
}

function rule(text: string, group = ''): string {
  return `groups:\n  - name: g\n${group}    rules:\n      - ${text}\n`;
}

const down = rule('{ alert: Down, expr: down == 1 }');
const downFor = rule('{ alert: Down, expr: down == 1, for: 1m }');

function newest(history: History, name: string, at: number): readonly { labels: Labels; value: number }[] {
  const named = { name: '__name__', operator: '=' as const, value: name, test: (text: string) => text === name };
  return history
    .select([named], at - 1, at)
    .flatMap(({ labels, points }) => points.filter(({ stale }) => !stale).map(({ v }) => ({ labels, value: v })));
}

describe('an alerting rule', () => {
  it('fires at once without for, says so, repeats it every minute, and says its end', async () => {
    const { turn, turns, said } = bench(down);
    turn('a');
    await turns(2 * minute, 'a');
    await turns(15_000);
    expect(said).toEqual(['0 Down/a firing', '60 Down/a firing', '120 Down/a firing', '135 Down/a resolved']);
  });

  it('waits for its for, and starts anew after a gap', async () => {
    const { turn, turns, said, manager } = bench(downFor);
    turn('a');
    await turns(45_000, 'a');
    expect(manager.alerts()).toMatchObject([{ state: 'pending', activeAt: start, value: 1 }]);
    await turns(15_000);
    await turns(75_000, 'a');
    expect(said).toEqual(['135 Down/a firing']);
  });

  it('keeps firing for keep_firing_for', async () => {
    const { turn, turns, said } = bench(rule('{ alert: Down, expr: down == 1, keep_firing_for: 1m }'));
    turn('a');
    await turns(90_000);
    expect(said).toEqual(['0 Down/a firing', '60 Down/a firing', '75 Down/a resolved']);
  });

  it('says a resolved alert again for 15 minutes', async () => {
    const { turn, turns, said, alerts } = bench(down);
    turn('a');
    await turns(20 * minute);
    expect(said.filter((text) => text.endsWith('resolved'))).toHaveLength(16);
    expect(new Set(alerts.slice(1).map(({ endsAt }) => endsAt))).toEqual(new Set([start + 15_000]));
  });

  it('makes the alert as Prometheus does', () => {
    const text = rule(
      `{ alert: Down, expr: 'down{runner!="x y"} == 1', labels: { severity: page, empty: '', name: '{{ $labels.runner }}!' }, annotations: { summary: '{{ $value }}' } }`,
      '    interval: 2m\n    labels: { team: ci, severity: info }\n',
    );
    const { turn, alerts } = bench(text);
    turn('a');
    expect(alerts).toEqual([
      {
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        labels: { alertname: 'Down', runner: 'a', severity: 'page', name: 'a!', team: 'ci' },
        annotations: { summary: '1' },
        startsAt: start,
        endsAt: start + 8 * minute,
        updatedAt: start,
        generatorURL: 'http://rw:9478/graph?g0.expr=down%7Brunner%21%3D%22x+y%22%7D+%3D%3D+1&g0.tab=1',
      },
    ]);
  });

  it('writes ALERTS and ALERTS_FOR_STATE', async () => {
    const { turn, turns, history, clock } = bench(downFor);
    turn('a');
    await turns(15_000, 'a');
    const labels = { alertname: 'Down', runner: 'a' };
    expect(newest(history, 'ALERTS', clock.now())).toEqual([
      { labels: { ...labels, __name__: 'ALERTS', alertstate: 'pending' }, value: 1 },
    ]);
    expect(newest(history, 'ALERTS_FOR_STATE', clock.now())).toEqual([
      { labels: { ...labels, __name__: 'ALERTS_FOR_STATE' }, value: start / 1000 },
    ]);
    await turns(45_000, 'a');
    expect(newest(history, 'ALERTS', clock.now()).map(({ labels: { alertstate } }) => alertstate)).toEqual(['firing']);
  });

  it.each([
    ['a label set twice', rule('{ alert: Down, expr: down, labels: { runner: all } }'), /same labelset/],
    ['its data', rule('{ alert: Down, expr: down + on() down }'), /./],
  ])('fails on %s, alone, and keeps what was active', async (_, text, message) => {
    const { turn, turns, manager, said } = bench(`${text}      - { alert: Other, expr: vector(1) > 0 }\n`);
    turn('a');
    await turns(60_000, 'a', 'b');
    const [failed, other] = manager.rules();
    expect(failed).toMatchObject({ health: 'err', lastError: expect.stringMatching(message) });
    expect(other).toMatchObject({ health: 'ok', lastError: undefined, lastEvaluation: start + minute });
    expect(failed?.alerts).toHaveLength(1);
    expect(said.filter((text) => text.includes('Down') && text.startsWith('60 '))).toHaveLength(1);
  });
});

describe('a rule over its limit', () => {
  it('forgets its alerts without a word, says so, and begins anew', async () => {
    const { turn, turns, manager, said, database } = bench(rule('{ alert: Down, expr: down }', '    limit: 1\n'));
    turn('a');
    await turns(60_000, 'a', 'b');
    expect(manager.rules()).toMatchObject([
      { health: 'err', lastError: 'exceeded limit of 1 with 2 alerts', alerts: [] },
    ]);
    expect(createAlertStateStore(database).load()).toEqual([]);
    await turns(30_000, 'b');
    expect(said).toEqual(['0 Down/a firing', '75 Down/b firing']);
    expect(manager.rules()).toMatchObject([{ health: 'ok', lastError: undefined }]);
  });

  it('writes no series of its own', () => {
    const { turn, history, clock, manager } = bench(rule('{ record: r, expr: down }', '    limit: 1\n'));
    turn('a', 'b');
    expect(newest(history, 'r', clock.now())).toEqual([]);
    expect(manager.rules()).toMatchObject([{ health: 'err', lastError: 'exceeded limit of 1 with 2 series' }]);
  });
});

describe('what a rule says', () => {
  it('is logged when it changes', async () => {
    const lines: string[] = [];
    const log = createLog(
      { level: 'info', format: 'json', terminal: false },
      { write: (line) => void lines.push(line) },
    );
    const { turn, turns } = bench(rule('{ record: r, expr: "quantile(2, down) + sum(down + on() down)" }'), { log });
    turn('a');
    await turns(45_000, 'a', 'b');
    await turns(30_000, 'a');
    const told = lines.map((line) => JSON.parse(line) as { msg: string; warnings?: unknown; reason?: string });
    const warnings = ['PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)'];
    expect(told.map(({ msg }) => msg)).toEqual([
      'rule evaluated with warnings',
      'rule failed',
      'rule evaluates again',
      'rule evaluated with warnings',
    ]);
    expect(told[0]).toMatchObject({ rule: 'r', group: 'g', warnings });
    expect(told[1]).toMatchObject({ rule: 'r', reason: expect.stringContaining('many-to-many') });
  });

  it('is shown with the rule, and no longer when it is over', () => {
    const { turn, manager } = bench(rule('{ record: r, expr: "sum(down) > 0 and quantile(2, down) > 0" }'));
    turn('a');
    expect(manager.rules()[0]?.remarks).toEqual({
      warnings: ['PromQL warning: quantile value should be between 0 and 1, got 2 (1:28)'],
      infos: [],
    });
    expect(manager.groups()[0]?.rules[0]?.remarks.warnings).toHaveLength(1);
  });
});

describe('external labels', () => {
  it('are on what is told and in templates, not on series, and give way to own ones', () => {
    const text = rule('{ alert: Down, expr: down, annotations: { at: "{{ $externalLabels.site }}" } }');
    const { turn, alerts, history, clock, manager } = bench(text, {
      externalLabels: { site: 'lab', runner: 'all', none: '' },
    });
    turn('a');
    const told = { alertname: 'Down', runner: 'a', site: 'lab' };
    expect(alerts).toMatchObject([{ labels: told, fingerprint: fingerprint(told), annotations: { at: 'lab' } }]);
    expect(alerts[0]?.labels).toEqual(told);
    const own = { alertname: 'Down', runner: 'a' };
    expect(manager.alerts()).toMatchObject([{ fingerprint: fingerprint(own), labels: own }]);
    expect(newest(history, 'ALERTS', clock.now())).toMatchObject([
      { labels: { ...own, __name__: 'ALERTS', alertstate: 'firing' } },
    ]);
    expect(newest(history, 'ALERTS', clock.now())[0]?.labels).not.toHaveProperty('site');
  });
});

describe('the counts of a group', () => {
  const text = rule('{ record: r, expr: down }\n      - { record: s, expr: down + on() down }');

  it('grow with evaluations, failures and what was missed, and go on over a reload', async () => {
    const first = bench(text);
    const { turn, history, clock, database } = first;
    turn('a', 'b');
    await clock.advance(60_000);
    await first.manager.evaluateDue(clock.now());
    expect(first.manager.groups()).toMatchObject([
      { name: 'g', file: 'rules.yml', intervalMs: 15_000, evaluations: 4, failures: 2, iterations: 2, missed: 3 },
    ]);
    const { manager } = bench(text, { clock, database, history });
    expect(manager.groups()).toMatchObject([
      { evaluations: 4, iterations: 2, samples: 2, lastEvaluation: clock.now(), rules: [{ health: 'unknown' }, {}] },
    ]);
    const renamed = bench(text.replace('name: g', 'name: h'), { clock, database, history });
    expect(renamed.manager.groups()).toMatchObject([{ evaluations: 0, lastEvaluation: undefined }]);
  });
});

describe('a recording rule', () => {
  it('writes for the rules after it', () => {
    const text = rule(
      `{ record: 'g:down', expr: sum(down), labels: { kind: sum } }\n      - { alert: Many, expr: 'g:down > 1' }`,
    );
    const { turn, alerts } = bench(text);
    turn('a', 'b');
    expect(alerts.map(({ labels }) => labels)).toEqual([{ alertname: 'Many', kind: 'sum' }]);
  });

  it('looks back by query_offset', async () => {
    const text = rule("{ record: 'g:down', expr: sum(down) }", '    query_offset: 15s\n');
    const { turn, turns, history, clock } = bench(text);
    turn('a');
    await turns(15_000, 'a', 'b');
    expect(newest(history, 'g:down', clock.now() - 15_000).map(({ value }) => value)).toEqual([1]);
  });
});

describe('a group', () => {
  it('is evaluated on its own interval by evaluateDue, and by an event at once', async () => {
    const { manager, clock } = bench(rule('{ alert: Down, expr: down }', '    interval: 1m\n'));
    const seen: (number | undefined)[] = [];
    for (let tick = 0; tick < 5; tick++) {
      void manager.evaluateDue(clock.now());
      seen.push(manager.rules()[0]?.lastEvaluation);
      await clock.advance(15_000);
    }
    expect(seen).toEqual([start, start, start, start, start + minute]);
    void manager.evaluate(clock.now());
    expect(manager.rules()[0]?.lastEvaluation).toBe(start + 75_000);
  });
});

describe('many rules', () => {
  it('let others have their turn, and are evaluated one round after the other', async () => {
    const { clock, manager, history } = bench(
      `groups:\n${Array.from({ length: 3 }, (_, index) => `  - { name: g${index}, rules: [{ record: r${index}, expr: slow }] }\n`).join('')}`,
    );
    const select = history.select.bind(history);
    // Each rule takes 25 ms.
    Object.assign(history, {
      select: (...args: Parameters<typeof select>) => {
        void clock.advance(25);
        return select(...args);
      },
    });
    const done: string[] = [];
    const health = (): string =>
      manager
        .rules()
        .map(({ lastEvaluation = 0 }) => (lastEvaluation ? lastEvaluation - start : '-'))
        .join();
    const first = manager.evaluate(start + 1).then(() => void done.push('first'));
    const second = manager.evaluate(start + 2).then(() => void done.push('second'));
    expect(health()).toBe('1,-,-');
    await first;
    // The second round has begun by then.
    expect(health()).toBe('2,1,1');
    await second;
    expect([health(), done]).toEqual(['2,2,2', ['first', 'second']]);
  });
});

describe('a reload', () => {
  it('says the end of what ended meanwhile at once: the history goes on', async () => {
    const first = bench(down);
    first.turn('a');
    await first.turns(2 * minute, 'a');
    const second = bench(down, first);
    await second.turns(15_000);
    expect(second.said).toEqual(['135 Down/a resolved']);
  });
});

describe('a restart', () => {
  async function restart(before: Bench, rules: string, downMs: number): Promise<Bench> {
    const { clock, database } = before;
    await clock.advance(downMs);
    return bench(rules, { clock, database });
  }

  it('goes on with for, without the time nobody looked', async () => {
    const first = bench(downFor);
    first.turn('a');
    await first.turns(45_000, 'a');
    const second = await restart(first, downFor, 10 * minute);
    await second.turns(30_000, 'a');
    expect(second.said).toEqual(['660 Down/a firing']);
  });

  it('starts for anew after more than an hour', async () => {
    const first = bench(downFor);
    first.turn('a');
    await first.turns(45_000, 'a');
    const second = await restart(first, downFor, 61 * minute);
    await second.turns(75_000, 'a');
    expect(second.said).toEqual([`${45 + 61 * 60 + 75} Down/a firing`]);
  });

  it('goes on with a firing alert and its start', async () => {
    const first = bench(downFor);
    first.turn('a');
    await first.turns(60_000, 'a');
    const second = await restart(first, downFor, 2 * 60 * minute);
    second.turn('a');
    expect(second.alerts).toMatchObject([{ startsAt: start + minute }]);
    expect(second.said).toEqual(['7260 Down/a firing']);
  });

  it('says the end of what ended meanwhile, once the samples are there again', async () => {
    const first = bench(down);
    first.turn('a');
    const second = await restart(first, down, 5 * minute);
    second.turn();
    await second.turns(75_000);
    expect(second.said).toEqual(['300 Down/a firing', '360 Down/a resolved']);
  });

  it('gives a rule over a range the time that its range needs', async () => {
    const text = rule('{ alert: Down, expr: "max_over_time(down[4m]) == 1" }');
    const first = bench(text);
    first.turn('a');
    const second = await restart(first, text, minute);
    await second.turns(5 * minute);
    expect(second.said.find((line) => line.endsWith('resolved'))).toBe('300 Down/a resolved');
  });

  it('says a resolved alert again, which nobody may have heard', async () => {
    const first = bench(down);
    first.turn('a');
    await first.turns(15_000);
    const second = await restart(first, down, 30 * minute);
    second.turn();
    expect(second.alerts).toMatchObject([{ endsAt: start + 15_000 }]);
  });

  it('goes on with the alerts of a rule whose file was moved', async () => {
    const first = bench(down, { file: '/old/rules.yml' });
    first.turn('a');
    const { clock, database } = first;
    await clock.advance(minute);
    const second = bench(down, { clock, database, file: '/new/rules.yml' });
    second.turn('a');
    expect(second.said).toEqual(['60 Down/a firing']);
    expect(second.alerts).toMatchObject([{ startsAt: start }]);
  });

  it('ends the alerts of a rule that is gone', async () => {
    const first = bench(down);
    first.turn('a');
    const second = await restart(first, rule('{ alert: Other, expr: other }'), minute);
    second.turn('a');
    expect(second.said).toEqual(['60 Down/a resolved']);
    await second.turns(16 * minute, 'a');
    expect(createAlertStateStore(second.database).load()).toEqual([]);
  });
});
