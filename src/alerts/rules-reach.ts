import type { Problem } from '../lib/problem.ts';
import { historyNeeded } from '../promql/history-needed.ts';
import type { Rule, RuleGroup } from './rules.ts';

/** How far before its own time a rule looks, ms. */
export function reachOf({ queryOffsetMs }: RuleGroup, { expr }: Rule): number {
  return historyNeeded(expr) + queryOffsetMs;
}

export interface HistoryBound {
  /** How often each series gets a point. */
  readonly intervalMs: number;
  /** `history.max_points`. */
  readonly maxPoints: number;
}

/** The rules that look back further than the whole history could hold of one single series. */
export function outOfReach(groups: readonly RuleGroup[], { intervalMs, maxPoints }: HistoryBound): readonly Problem[] {
  return groups.flatMap((group) =>
    group.rules.flatMap((rule) => {
      const points = Math.ceil(reachOf(group, rule) / intervalMs);
      if (points <= maxPoints) return [];
      const needed = `${Math.ceil(reachOf(group, rule) / 1000)}s back, ${points} samples of each series`;
      const bound = `expected no more than history.max_points, ${maxPoints}, for all series together`;
      const message = `found the rule ${rule.name} of the group ${group.name} looking ${needed}; ${bound}`;
      return [
        { file: group.file, key: '', message, mend: 'Shorten its ranges and offsets, or raise history.max_points' },
      ];
    }),
  );
}
