import { type Response, Router } from 'express';
import { formatShortestE } from '../alerts/go-format.ts';
import type { ActiveAlert, GroupHealth, RuleHealth } from '../alerts/rule-health.ts';
import type { AlertingRule, Rule } from '../alerts/rules.ts';
import { rfc3339 } from '../lib/clock.ts';
import type { Labels } from '../model/labels.ts';
import type { HttpPorts, ShownAlert } from './ports.ts';
import { type AskedRules, askedRules } from './rules-asked.ts';

/**
 * The rules and how they go, as Prometheus 3.5 answers: https://prometheus.io/docs/prometheus/latest/querying/api/#rules
 * Beside that, `warnings` and `infos` are what PromQL said of a rule's last evaluation, and `query` is as it is written.
 */
export function ruleRoutes({ rules }: HttpPorts): Router {
  const router = Router();
  router.get('/api/v1/rules', (request, response) => {
    const asked = askedRules(request);
    if (typeof asked === 'string') refuse(response, asked);
    else response.json({ status: 'success', data: { groups: shownGroups(rules(), asked) } });
  });
  return router;
}

function refuse(response: Response, error: string): void {
  response.status(400).json({ status: 'error', errorType: 'bad_data', error });
}

function shownGroups(groups: readonly GroupHealth[], asked: AskedRules) {
  const shown = groups
    .filter(({ file, name }) => asked.isFile(file) && asked.isGroup(name))
    .map((group) => shownGroup(group, asked))
    .filter(({ rules }) => rules.length > 0);
  return shown.sort((a, b) => compare(a.file, b.file) || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function shownGroup(group: GroupHealth, { isKind, isRule, isLabelled, excludesAlerts }: AskedRules) {
  const { name, file, rules, limit, intervalMs, lastDurationMs, lastEvaluation } = group;
  const chosen = rules.filter(({ rule }) => isKind(rule.kind) && isRule(rule.name) && isLabelled(labelsOf(rule)));
  return {
    ...{ name, file },
    rules: chosen.map((health) => shownRule(health, excludesAlerts)),
    ...{ interval: intervalMs / 1000, limit },
    evaluationTime: lastDurationMs / 1000,
    lastEvaluation: timeOf(lastEvaluation),
  };
}

function shownRule(shown: RuleHealth, excludesAlerts: boolean) {
  const { rule, health, lastError, remarks, durationMs, lastEvaluation } = shown;
  const state = {
    health,
    ...(lastError === undefined ? {} : { lastError }),
    ...(remarks.warnings.length === 0 ? {} : { warnings: remarks.warnings }),
    ...(remarks.infos.length === 0 ? {} : { infos: remarks.infos }),
    evaluationTime: durationMs / 1000,
    lastEvaluation: timeOf(lastEvaluation),
  };
  const named = { name: rule.name, query: rule.query };
  if (rule.kind === 'recording') return { ...named, ...labelled(rule.labels), ...state, type: 'recording' };
  const alerts = excludesAlerts ? null : shown.alerts.map(shownAlert);
  return { state: stateOf(shown.alerts), ...named, ...shownAlerting(rule), alerts, ...state, type: 'alerting' };
}

function labelled(labels: Labels) {
  return Object.keys(labels).length === 0 ? {} : { labels };
}

/** As they are written. */
function labelsOf(rule: Rule): Labels {
  return rule.kind === 'recording' ? rule.labels : textsOf(rule.labels);
}

function textsOf(templates: AlertingRule['labels']): Labels {
  return Object.fromEntries(Object.entries(templates).map(([name, { text }]) => [name, text]));
}

function shownAlerting({ forMs, keepFiringForMs, labels, annotations }: AlertingRule) {
  return {
    duration: forMs / 1000,
    keepFiringFor: keepFiringForMs / 1000,
    labels: textsOf(labels),
    annotations: textsOf(annotations),
  };
}

function stateOf(alerts: readonly ActiveAlert[]): string {
  if (alerts.some(({ state }) => state === 'firing')) return 'firing';
  return alerts.length > 0 ? 'pending' : 'inactive';
}

/** Go's zero time for never, as Prometheus has it. */
function timeOf(at: number | undefined): string {
  return at === undefined ? '0001-01-01T00:00:00Z' : rfc3339(at);
}

/** As in Prometheus' /api/v1/rules and /api/v1/alerts: times as RFC 3339, the value as a text; and who acknowledged it. */
export function shownAlert({ labels, annotations, state, activeAt, keepFiringSince, value, ...more }: ShownAlert) {
  return {
    ...{ labels, annotations, state },
    activeAt: rfc3339(activeAt),
    ...(keepFiringSince === undefined ? {} : { keepFiringSince: rfc3339(keepFiringSince) }),
    value: formatShortestE(value),
    ...(more.acknowledgedBy === undefined ? {} : { acknowledgedBy: more.acknowledgedBy }),
  };
}
