import type { History } from '../samples/history.ts';
import type { RuleGroup } from './rules.ts';

/** What a group's evaluations came to, as Prometheus counts them. */
export interface GroupTally {
  /** Of single rules, those that failed included. */
  evaluations: number;
  failures: number;
  /** Of the whole group. */
  iterations: number;
  /** Intervals that passed without an evaluation. */
  missed: number;
  /** Undefined before the first evaluation. */
  lastEvaluation: number | undefined;
  /** With the time in which others had their turn. */
  lastDurationMs: number;
  /** Series that the last evaluation returned. */
  samples: number;
}

/** By the history that the rules are over: those of a reload go on counting, as Prometheus does. */
const tallies = new WeakMap<History, ReadonlyMap<string, GroupTally>>();

export function talliesOf(history: History, groups: readonly RuleGroup[]): ReadonlyMap<RuleGroup, GroupTally> {
  const before = tallies.get(history);
  const pairs = groups.map((group) => ({
    group,
    key: groupKey(group),
    tally: before?.get(groupKey(group)) ?? emptyTally(),
  }));
  tallies.set(history, new Map(pairs.map(({ key, tally }) => [key, tally])));
  return new Map(pairs.map(({ group, tally }) => [group, tally]));
}

/** Prometheus' label `rule_group`. */
function groupKey({ file, name }: Pick<RuleGroup, 'file' | 'name'>): string {
  return `${file};${name}`;
}

export function emptyTally(): GroupTally {
  return {
    evaluations: 0,
    failures: 0,
    iterations: 0,
    missed: 0,
    lastEvaluation: undefined,
    lastDurationMs: 0,
    samples: 0,
  };
}

/** Counts the intervals that passed since the last evaluation without one. */
export function noteMissed(tally: GroupTally, at: number, intervalMs: number): void {
  if (tally.lastEvaluation === undefined) return;
  tally.missed += Math.max(0, Math.round((at - tally.lastEvaluation) / intervalMs) - 1);
}
