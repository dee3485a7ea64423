import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createRuleManager, type RuleManager } from '../../../src/alerts/rule-manager.ts';
import { loadRules, type RuleGroup } from '../../../src/alerts/rules.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { Labels } from '../../../src/model/labels.ts';
import type { History } from '../../../src/samples/history.ts';
import { createAlertStateStore } from '../../../src/state/alert-state.ts';
import { openDatabase } from '../../../src/state/database.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { waitUntil } from '../../support/wait.ts';

export const evaluationMs = 5000;
const externalLabels = { region: 'eu', replica: 'a' };
export const externalURL = 'http://rules.example:9090/base';

/** One rule as it stands, in words that both engines have. */
export interface RuleState {
  readonly group: string;
  readonly name: string;
  readonly health: string;
  readonly alerts: readonly AlertState[];
}

interface AlertState {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: string;
  readonly activeAt: number;
  readonly value: number;
}

interface ShownGroup {
  readonly name: string;
  readonly lastEvaluation: string;
  readonly rules: readonly {
    readonly name: string;
    readonly health: string;
    readonly lastEvaluation: string;
    readonly alerts?: readonly (Omit<AlertState, 'activeAt' | 'value'> & { activeAt: string; value: string })[];
  }[];
}

export function configText(files: readonly string[]): string {
  return JSON.stringify({
    global: { evaluation_interval: `${evaluationMs / 1000}s`, external_labels: externalLabels },
    rule_files: files,
  });
}

/** Has a running Prometheus load the files, and waits until it has evaluated every group a few times. */
export async function watchRules(url: string, folder: string, files: Readonly<Record<string, string>>, rounds: number) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'prometheus.yml'), configText(Object.keys(files)));
  const reload = await fetch(`${url}/-/reload`, { method: 'POST' });
  if (!reload.ok) throw new Error(await reload.text());
  const until = Date.now() + rounds * evaluationMs;
  let shown: readonly ShownGroup[] = [];
  await waitUntil(
    async () => {
      shown = (await get<{ groups: ShownGroup[] }>(`${url}/api/v1/rules`)).groups;
      return shown.length > 0 && shown.every((group) => isBetween(group, until));
    },
    { timeoutMs: 60_000, what: () => `evaluations of ${shown.map(({ name }) => name).join()}` },
  );
  return shown;
}

/** Whether the group was evaluated since, and is not half through its next evaluation. */
function isBetween({ lastEvaluation, rules }: ShownGroup, since: number): boolean {
  const began = Date.parse(lastEvaluation);
  return began >= since && rules.every((rule) => Date.parse(rule.lastEvaluation) < began + evaluationMs / 2);
}

async function get<T>(url: string): Promise<T> {
  const { data } = (await (await fetch(url)).json()) as { data: T };
  return data;
}

export function theirStates(shown: readonly ShownGroup[]): readonly RuleState[] {
  return shown.flatMap(({ name: group, rules }) =>
    rules.map(({ name, health, alerts = [] }) => ({
      ...{ group, name, health },
      alerts: alerts.map(({ activeAt, value, ...alert }) => ({
        ...alert,
        activeAt: Date.parse(activeAt),
        value: Number(value.replace('Inf', 'Infinity')),
      })),
    })),
  );
}

/** When each group was evaluated until it was shown: what its rules wrote has the very times. */
export async function timesOf(
  url: string,
  groups: readonly RuleGroup[],
  shown: readonly ShownGroup[],
): Promise<ReadonlyMap<RuleGroup, readonly number[]>> {
  const recorded = groups.flatMap(({ rules }) => rules.flatMap(({ kind, name }) => (kind === 'recording' ? name : [])));
  const query = `{__name__=~"ALERTS|${[...new Set(recorded)].join('|')}"}[10m]`;
  const { result } = await get<{ result: { metric: Labels; values: [number, string][] }[] }>(
    `${url}/api/v1/query?${new URLSearchParams({ query })}`,
  );
  const timesByName = new Map<string, Set<number>>();
  for (const { metric, values } of result) {
    const name = metric.alertname ?? metric.__name__ ?? '';
    const times = timesByName.get(name) ?? new Set();
    for (const [at] of values) times.add(Math.round(at * 1000));
    timesByName.set(name, times);
  }
  return new Map(
    groups.map((group) => {
      const last = Date.parse(shown.find(({ name }) => name === group.name)?.lastEvaluation ?? '');
      const all = group.rules.flatMap(({ name }) => [...(timesByName.get(name) ?? [])]);
      const times = [...new Set(all)].map((at) => at + group.queryOffsetMs).filter((at) => at <= last);
      return [group, times.sort((a, b) => a - b)] as const;
    }),
  );
}

/** The same evaluations at the same times over a history with the same samples. */
export async function ourStates(
  history: History,
  times: ReadonlyMap<RuleGroup, readonly number[]>,
): Promise<readonly RuleState[]> {
  using database = openDatabase(':memory:');
  const moments = [...times].flatMap(([group, all]) => all.map((at) => ({ group, at }))).sort((a, b) => a.at - b.at);
  const clock = new FakeClock(moments[0]?.at ?? 0);
  const managers = new Map<RuleGroup, RuleManager>();
  for (const group of times.keys()) {
    const store = createAlertStateStore(database);
    const onAlerts = (): void => undefined;
    const deps = { history, clock, log: silentLog, store, externalURL, externalLabels, onAlerts };
    managers.set(group, createRuleManager({ groups: [group], intervalMs: evaluationMs, ...deps }));
  }
  for (const { group, at } of moments) {
    await clock.advance(at - clock.now());
    await managers.get(group)?.evaluate(at);
  }
  return [...managers].flatMap(([group, manager]) =>
    manager.rules().map(({ rule, health, alerts }) => ({
      ...{ group: group.name, name: rule.name, health },
      alerts: alerts.map(({ labels, annotations, state, activeAt, value }) => ({
        ...{ labels, annotations, state, activeAt, value },
      })),
    })),
  );
}

export function groupsOf(files: Readonly<Record<string, string>>): readonly RuleGroup[] {
  return Object.entries(files).flatMap(([name, text]) => loadRules(basename(name), text));
}
