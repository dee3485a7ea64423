import type { Log } from '../lib/log.ts';
import type { Labels } from '../model/labels.ts';
import type { GroupTally } from './group-tally.ts';
import type { Remarks, RuleRun, Tracked } from './rule-run.ts';
import type { Rule, RuleGroup } from './rules.ts';

/** An alert as the rules see it; a resolved one is none. */
export interface ActiveAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: 'pending' | 'firing';
  readonly activeAt: number;
  /** Since when only `keep_firing_for` keeps it. */
  readonly keepFiringSince: number | undefined;
  readonly value: number;
}

export interface RuleHealth {
  readonly file: string;
  readonly group: string;
  readonly rule: Rule;
  readonly health: 'unknown' | 'ok' | 'err';
  readonly lastError: string | undefined;
  readonly remarks: Remarks;
  readonly lastEvaluation: number | undefined;
  readonly durationMs: number;
  readonly alerts: readonly ActiveAlert[];
}

/** A group as it stands after its last evaluation. */
export interface GroupHealth extends GroupTally {
  readonly file: string;
  readonly name: string;
  readonly intervalMs: number;
  readonly limit: number;
  readonly rules: readonly RuleHealth[];
}

export function activeAlerts({ states }: Tracked): readonly ActiveAlert[] {
  return [...states.values()].flatMap(
    ({ fingerprint, labels, annotations, phase, activeAt, keepFiringSince, value }) =>
      phase === 'resolved'
        ? []
        : [{ fingerprint, labels, annotations, state: phase, activeAt, keepFiringSince, value }],
  );
}

export function healthOf(run: RuleRun): RuleHealth {
  const { group, rule, lastError, remarks, lastEvaluation, durationMs } = run;
  const evaluated = lastError === undefined ? 'ok' : 'err';
  return {
    file: group.file,
    group: group.name,
    rule,
    health: lastEvaluation === undefined ? 'unknown' : evaluated,
    ...{ lastError, remarks, lastEvaluation, durationMs },
    alerts: activeAlerts(run),
  };
}

export function groupHealthOf(
  { file, name, limit, intervalMs }: RuleGroup,
  {
    runs,
    tally,
    defaultIntervalMs,
  }: { readonly runs: readonly RuleRun[]; readonly tally: GroupTally; readonly defaultIntervalMs: number },
): GroupHealth {
  return { ...tally, file, name, limit, intervalMs: intervalMs ?? defaultIntervalMs, rules: runs.map(healthOf) };
}

type Outcome = Pick<RuleRun, 'lastError' | 'remarks'>;

/** A rule that goes on failing is told of once; its state says that it still does. */
export function logChange(log: Log, run: RuleRun, before: Outcome): void {
  const named = { rule: run.rule.name, group: run.group.name };
  if (run.lastError !== before.lastError) {
    if (run.lastError === undefined) log.info(named, 'rule evaluates again');
    else log.warn({ ...named, reason: run.lastError }, 'rule failed');
  }
  const { warnings, infos } = run.remarks;
  const isNew = (now: readonly string[], then: readonly string[]) => now.some((text) => !then.includes(text));
  if (isNew(warnings, before.remarks.warnings)) log.warn({ ...named, warnings }, 'rule evaluated with warnings');
  if (isNew(infos, before.remarks.infos)) log.info({ ...named, infos }, 'rule evaluated with hints');
}
