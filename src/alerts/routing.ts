import { checkDocument, type Path, problemAt, readDocument, type YamlDocument } from '../lib/document.ts';
import { type Problem, ProblemsError } from '../lib/problem.ts';
import type { TemplateSource } from './gotemplate/templates.ts';
import { isLabelName } from './label-names.ts';
import { formatMatchers, sortMatchers } from './matchers.ts';
import { splitNotYet } from './not-yet.ts';
import type { Report } from './report.ts';
import type { RouteNode, Routing } from './route.ts';
import { buildTimeIntervals, checkIntervalNames } from './routing-intervals.ts';
import { buildInhibitRule, matchersOf } from './routing-matchers.ts';
import { loadReceivers } from './routing-receivers.ts';
import { type RouteSettings, RoutingFile, type RoutingSettings } from './routing-schema.ts';
import { shownRouting } from './routing-shown.ts';

const minute = 60_000;
/** Alertmanager's defaults. */
const defaults = { groupWaitMs: 30_000, groupIntervalMs: 5 * minute, repeatIntervalMs: 240 * minute };
const defaultResolveTimeoutMs = 5 * minute;

/**
 * An Alertmanager configuration file, with what its `templates` name. Throws a ProblemsError that names every fault
 * with its line and key.
 */
export function loadRouting(file: string, text: string, templates: readonly TemplateSource[] = []): Routing {
  const { document, problems: notYet } = splitNotYet(readDocument(file, text));
  const settings = checkSettings(document, notYet);
  const problems: Problem[] = [...notYet];
  const report: Report = (path, message, mend) => problems.push(problemAt(document, path, message, mend));
  const routing = buildRouting(settings, report, templates);
  if (problems.length > 0) throw new ProblemsError(problems);
  return { ...routing, shown: shownRouting(document.value) };
}

function checkSettings(document: YamlDocument, notYet: readonly Problem[]): RoutingSettings {
  try {
    return checkDocument(RoutingFile, document);
  } catch (error) {
    if (error instanceof ProblemsError) throw new ProblemsError([...notYet, ...error.problems]);
    throw error;
  }
}

/** Where there is no file: alerts are grouped, logged and shown, and nobody is told. */
export function defaultRouting(): Routing {
  const route = { receiver: 'none', group_by: ['alertname'], continue: false, routes: [] };
  const settings = { route, receivers: [{ name: 'none' }] };
  return { ...buildRouting(settings, () => undefined), shown: shownRouting(settings) };
}

function buildRouting(
  settings: RoutingSettings,
  report: Report,
  templates: readonly TemplateSource[] = [],
): Omit<Routing, 'shown'> {
  const { global = {}, route, receivers, inhibit_rules: rules = [] } = settings;
  checkRoot(route, report);
  const loaded = loadReceivers(receivers, { globals: global, templates }, report);
  const base = { receiver: route.receiver ?? '', groupBy: [], ...defaults };
  const root = buildRoute({ settings: route, parent: base, parentKey: undefined, path: ['route'] }, loaded, report);
  const timeIntervals = buildTimeIntervals(settings, report);
  checkIntervalNames(route, ['route'], { timeIntervals, report });
  return {
    resolveTimeoutMs: global.resolve_timeout ?? defaultResolveTimeoutMs,
    root,
    receivers: loaded,
    inhibitRules: rules.map((rule, index) => buildInhibitRule(rule, ['inhibit_rules', index], report)),
    timeIntervals,
  };
}

function checkRoot(route: RouteSettings, report: Report): void {
  if (route.receiver === undefined) {
    report(['route'], 'found a root route without a receiver', 'Name the receiver that takes what no route matches');
  }
  for (const key of ['match', 'match_re', 'matchers'] as const) {
    if (Object.keys(route[key] ?? {}).length > 0) {
      report(
        ['route', key],
        'found matchers on the root route, which takes every alert',
        'Move them to a route below it',
      );
    }
  }
  for (const key of ['mute_time_intervals', 'active_time_intervals'] as const) {
    if ((route[key] ?? []).length > 0) {
      report(['route', key], 'found time intervals on the root route', 'Move them to a route below it');
    }
  }
  if (route.continue) report(['route', 'continue'], 'found continue on the root route', 'Remove it');
}

type Inherited = Pick<RouteNode, 'receiver' | 'groupBy' | 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs'>;

interface RouteAt {
  readonly settings: RouteSettings;
  readonly parent: Inherited;
  readonly parentKey: string | undefined;
  readonly path: Path;
}

function buildRoute(
  { settings, parent, parentKey, path }: RouteAt,
  receivers: Routing['receivers'],
  report: Report,
): RouteNode {
  const { receiver = parent.receiver, group_wait: groupWaitMs = parent.groupWaitMs, routes = [] } = settings;
  if (settings.receiver !== undefined && !receivers.has(receiver)) {
    report(
      [...path, 'receiver'],
      `found ${JSON.stringify(receiver)}, which no receiver is called`,
      mendReceiver(receivers),
    );
  }
  const matchers = sortMatchers(matchersOf(settings, { path, keys: ['match', 'match_re', 'matchers'] }, report));
  const own = formatMatchers(matchers);
  const key = parentKey === undefined ? own : `${parentKey}/${own}`;
  const inherited: Inherited = {
    receiver,
    groupBy: settings.group_by ? groupByOf(settings.group_by, [...path, 'group_by'], report) : parent.groupBy,
    groupWaitMs,
    groupIntervalMs: interval(settings, 'group_interval', { path, report }) ?? parent.groupIntervalMs,
    repeatIntervalMs: interval(settings, 'repeat_interval', { path, report }) ?? parent.repeatIntervalMs,
  };
  return {
    ...inherited,
    key,
    matchers,
    continue: settings.continue,
    muteTimeIntervals: settings.mute_time_intervals ?? [],
    activeTimeIntervals: settings.active_time_intervals ?? [],
    routes: routes.map((child, index) =>
      buildRoute(
        { settings: child, parent: inherited, parentKey: key, path: [...path, 'routes', index] },
        receivers,
        report,
      ),
    ),
  };
}

function mendReceiver(receivers: Routing['receivers']): string {
  return receivers.size === 0
    ? 'Add it to receivers'
    : `Add it to receivers; there are: ${[...receivers.keys()].join(', ')}`;
}

function interval(
  settings: RouteSettings,
  key: 'group_interval' | 'repeat_interval',
  { path, report }: { readonly path: Path; readonly report: Report },
): number | undefined {
  if (settings[key] === 0) report([...path, key], `found a ${key} of 0`, 'Give it a duration such as 5m');
  return settings[key];
}

function groupByOf(labels: readonly string[], path: Path, report: Report): RouteNode['groupBy'] {
  for (const [index, label] of labels.entries()) {
    if (label !== '...' && !isLabelName(label)) {
      report([...path, index], `found ${JSON.stringify(label)}, expected a label name`, 'Use letters, digits and _');
    } else if (labels.indexOf(label) < index) {
      report([...path, index], `found ${JSON.stringify(label)} a second time`, 'Remove one of the two');
    }
  }
  if (!labels.includes('...')) return labels;
  if (labels.length > 1) report(path, 'found "..." beside other labels', 'It means all labels: keep it alone');
  return 'all';
}
