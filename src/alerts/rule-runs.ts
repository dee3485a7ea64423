import { type Labels, labelKey } from '../model/labels.ts';
import { createAlerter, createRecorder, type RuleGround } from './rule-evaluation.ts';
import { nothingSaid, type RuleRun } from './rule-run.ts';
import type { Rule, RuleGroup } from './rules.ts';

export function createRuns(groups: readonly RuleGroup[], ground: RuleGround): readonly RuleRun[] {
  const used = new Set<string>();
  return groups.flatMap((group) =>
    group.rules.map((rule) => ({
      id: uniqueId(used, group, rule),
      group,
      rule,
      evaluate: rule.kind === 'recording' ? createRecorder(ground, rule) : createAlerter(ground, rule),
      states: new Map(),
      lastError: undefined,
      remarks: nothingSaid,
      lastEvaluation: undefined,
      durationMs: 0,
    })),
  );
}

/**
 * Without the file: a directory that moved must not end every alert in it and raise it anew. Rules of one name are told
 * apart by their labels first, so that moving one in its file does not mix them up.
 */
function uniqueId(used: Set<string>, { name }: RuleGroup, rule: Rule): string {
  const base = [name, rule.name, labelKey(labelTexts(rule))].join(';');
  let id = base;
  for (let count = 2; used.has(id); count++) id = `${base}#${count}`;
  used.add(id);
  return id;
}

function labelTexts(rule: Rule): Labels {
  if (rule.kind === 'recording') return rule.labels;
  return Object.fromEntries(Object.entries(rule.labels).map(([name, { text }]) => [name, text]));
}
