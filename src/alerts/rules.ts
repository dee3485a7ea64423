import { checkDocument, problemAt, readWritten } from '../lib/document.ts';
import { type Problem, ProblemsError } from '../lib/problem.ts';
import type { Labels } from '../model/labels.ts';
import type { Expr } from '../promql/ast.ts';
import { PromqlError } from '../promql/error.ts';
import { fixedTimeOf } from '../promql/history-needed.ts';
import { parseExpr } from '../promql/parse.ts';
import { below, type Report } from './report.ts';
import { type GroupSettings, RuleFile, type RuleSettings } from './rules-schema.ts';
import { parseTemplate, type Template } from './template.ts';

export interface AlertingRule {
  readonly kind: 'alerting';
  readonly name: string;
  readonly query: string;
  readonly expr: Expr;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** The group's own labels are in here too. */
  readonly labels: Readonly<Record<string, Template>>;
  readonly annotations: Readonly<Record<string, Template>>;
}

export interface RecordingRule {
  readonly kind: 'recording';
  /** The metric that it writes. */
  readonly name: string;
  readonly query: string;
  readonly expr: Expr;
  readonly labels: Labels;
}

export type Rule = AlertingRule | RecordingRule;

export interface RuleGroup {
  readonly file: string;
  readonly name: string;
  /** Undefined: the evaluation interval of the whole. */
  readonly intervalMs: number | undefined;
  readonly queryOffsetMs: number;
  /** The most alerts or series that one rule may have; 0 for no limit. */
  readonly limit: number;
  readonly rules: readonly Rule[];
}

/** Version 3 takes any UTF-8 for a name; braces are a selector in the wrong place, there too. */
const metricName = /^[^{}]+$/;

/** A Prometheus rule file. Throws a ProblemsError that names every fault with its line and key. */
export function loadRules(file: string, text: string): readonly RuleGroup[] {
  const document = readWritten(file, text);
  const { groups = [] } = checkDocument(RuleFile, document);
  const problems: Problem[] = [];
  const report: Report = (path, message, mend) => problems.push(problemAt(document, path, message, mend));
  const loaded = groups.map((group, index) => loadGroup(file, group, below(report, ['groups', index])));
  reportDuplicates(groups, report);
  if (problems.length > 0) throw new ProblemsError(problems);
  return loaded;
}

function reportDuplicates(groups: readonly GroupSettings[], report: Report): void {
  groups.forEach(({ name }, index) => {
    if (groups.findIndex((other) => other.name === name) === index) return;
    report(['groups', index, 'name'], `found ${JSON.stringify(name)} a second time in this file`, 'Rename the group');
  });
}

function loadGroup(file: string, settings: GroupSettings, report: Report): RuleGroup {
  const { name, interval, query_offset: queryOffsetMs = 0, limit = 0, labels = {}, rules = [] } = settings;
  checkLabels(labels, below(report, ['labels']));
  return {
    file,
    name,
    // Prometheus reads an interval of 0 as none.
    intervalMs: interval || undefined,
    queryOffsetMs,
    limit,
    rules: rules.flatMap((rule, index) => loadRule(rule, labels, below(report, ['rules', index])) ?? []),
  };
}

function loadRule(settings: RuleSettings, groupLabels: Labels, report: Report): Rule | undefined {
  const { alert, record, expr: query } = settings;
  const expr = loadExpr(query, report);
  if (expr) refuseFixedTime(expr, alert ?? record ?? '', report);
  const labels = { ...groupLabels, ...settings.labels };
  checkLabels(settings.labels ?? {}, below(report, ['labels']));
  if (alert !== undefined && record !== undefined) {
    report(['record'], 'found both alert and record in one rule', 'Make two rules of it');
    return undefined;
  }
  if (record !== undefined) {
    checkRecording(settings, record, report);
    return expr && { kind: 'recording', name: record, query, expr, labels };
  }
  if (alert === undefined) {
    report([], 'found a rule with neither alert nor record', 'Give it a name with one of the two');
    return undefined;
  }
  return loadAlerting(settings, { alert, query, expr, labels }, report);
}

function checkRecording(settings: RuleSettings, record: string, report: Report): void {
  if (!metricName.test(record)) {
    report(
      ['record'],
      `found ${JSON.stringify(record)}, expected a metric name`,
      'Name the metric alone; labels have their own key',
    );
  }
  for (const key of ['for', 'keep_firing_for', 'annotations'] as const) {
    if (settings[key] !== undefined)
      report([key], `found ${key} in a recording rule`, 'Only alerts have it; remove it');
  }
}

function loadAlerting(
  settings: RuleSettings,
  rule: { readonly alert: string; readonly query: string; readonly expr: Expr | undefined; readonly labels: Labels },
  report: Report,
): AlertingRule | undefined {
  const { annotations = {}, for: forMs = 0, keep_firing_for: keepFiringForMs = 0 } = settings;
  for (const name of Object.keys(annotations)) {
    if (name === '') reportName(name, below(report, ['annotations']));
  }
  const loaded = {
    labels: loadTemplates(rule.labels, rule.alert, below(report, ['labels'])),
    annotations: loadTemplates(annotations, rule.alert, below(report, ['annotations'])),
  };
  if (!rule.expr) return undefined;
  return { kind: 'alerting', name: rule.alert, query: rule.query, expr: rule.expr, forMs, keepFiringForMs, ...loaded };
}

function loadExpr(query: string, report: Report): Expr | undefined {
  try {
    return parseExpr(query);
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    const place = query.includes('\n') ? `line ${error.line}, column ${error.column}` : `column ${error.column}`;
    report(['expr'], `found no valid expression: ${error.message} (${place})`, 'Correct the expression');
    return undefined;
  }
}

/** The history moves on with the clock; what lies at a fixed time is not in it, or will not be. */
function refuseFixedTime(expr: Expr, name: string, report: Report): void {
  const time = fixedTimeOf(expr);
  if (time === undefined) return;
  report(
    ['expr'],
    `found @ ${time / 1000} in the rule ${name}, a fixed time, which the history for the embedded rules does not keep`,
    'Use an offset, @ start() or @ end()',
  );
}

function checkLabels(labels: Labels, report: Report): void {
  for (const name of Object.keys(labels)) {
    if (name === '__name__')
      report([name], 'found the label __name__ set by a rule', 'Remove it; record names the metric');
    else if (name === '') reportName(name, report);
  }
}

function reportName(name: string, report: Report): void {
  report([name], 'found a name without a character', 'Give it a name');
}

function loadTemplates(texts: Labels, alert: string, report: Report): Readonly<Record<string, Template>> {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) => {
      try {
        return [[name, parseTemplate(text, alert)]];
      } catch (error) {
        report([name], `found no valid template: ${(error as Error).message}`, 'Correct the template');
        return [];
      }
    }),
  );
}
