import type { Clock } from '../lib/clock.ts';
import { nearestName } from '../lib/nearest.ts';
import type { Labels } from '../model/labels.ts';
import { type Matcher, matchesAll } from '../model/matcher.ts';
import type { Decision, Decisions } from '../state/decisions.ts';
import type { Outbox } from '../state/outbox.ts';
import { compareLabels } from './alert-order.ts';
import type { Dispatcher } from './dispatch.ts';
import type { AlertView } from './dispatch-views.ts';
import type { Naming } from './external-labels.ts';
import type { Routing } from './route.ts';
import type { ActiveAlert, RuleHealth } from './rule-health.ts';
import { generatorURL } from './sending.ts';
import { type Holding, holdings, type RouteStory, routeStories } from './why-routes.ts';

/** What is asked about: all alerts of a name, or one, with labels that match. */
export interface Question {
  readonly alertname: string | undefined;
  readonly fingerprint: string | undefined;
  readonly matchers: readonly Matcher[];
}

/** A rule of that name. Times are ms since the epoch. */
export interface RuleStory {
  readonly file: string;
  readonly group: string;
  readonly expr: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly health: RuleHealth['health'];
  readonly lastError: string | undefined;
  readonly lastEvaluation: number | undefined;
}

/** `past`: nothing is known of it now, only what was decided about it. */
export type AlertPhase = 'firing' | 'pending' | 'resolved' | 'past';

export interface AlertStory {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly phase: AlertPhase;
  /** Where its rule is, in `rules`; undefined where it came by the API, or its rule is gone. */
  readonly rule: number | undefined;
  readonly generatorURL: string | undefined;
  readonly value: number | undefined;
  readonly pendingSince: number | undefined;
  readonly firesAt: number | undefined;
  readonly firingSince: number | undefined;
  /** Since when only `keep_firing_for` keeps it, and until when. */
  readonly keptSince: number | undefined;
  readonly keptUntil: number | undefined;
  readonly endedAt: number | undefined;
  /** What keeps it from being told anywhere, now. */
  readonly holding: readonly Holding[];
  readonly routes: readonly RouteStory[];
  /** The latest first. */
  readonly history: readonly Decision[];
}

export interface Why {
  readonly at: number;
  readonly alertname: string | undefined;
  readonly rules: readonly RuleStory[];
  readonly alerts: readonly AlertStory[];
  /** The Alertmanagers that the routing of the rules' alerts is left to; none where it is done here. */
  readonly leftTo: readonly string[];
  /** Alerts that match and are not told of here. */
  readonly leftOut: number;
  /** Names that come near, where neither a rule nor an alert has the one that was asked for. */
  readonly nearest: readonly string[];
}

export interface WhyDeps {
  rules(): readonly RuleHealth[];
  /** What the rules' alerts are called where they are told. */
  readonly naming: Naming;
  /** Where the rules' alerts say that they come from. */
  readonly externalURL: string;
  readonly leftTo: readonly string[];
  readonly dispatcher: Pick<Dispatcher, 'alert' | 'alerts' | 'placesOf' | 'silences'>;
  readonly routing: Routing;
  readonly decisions: Decisions;
  readonly outbox: Outbox;
  readonly clock: Clock;
}

const maxAlerts = 50;
const maxHistory = 50;
/** Of what was decided about one alert: enough to know for each way what was told last. */
const maxRead = 200;
/** Of the alerts that are over. */
const maxPast = 200;

/** One alert with all that is known of it. */
interface Known {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly rule?: RuleHealth;
  readonly active?: ActiveAlert;
  readonly view?: AlertView;
}

/** Tells why an alert was told or not: its rule, its routes, what holds it back, what was decided, what came of it. */
export function createWhy(deps: WhyDeps): (question: Question) => Why {
  return (question) => {
    const at = deps.clock.now();
    const alertname = question.alertname ?? nameOf(deps, question.fingerprint);
    const rules = deps.rules().filter(({ rule }) => rule.kind === 'alerting' && rule.name === alertname);
    const known = knownAlerts(deps, rules, alertname).filter(
      (each) =>
        matchesAll(each.labels, question.matchers) && each.fingerprint === (question.fingerprint ?? each.fingerprint),
    );
    const order: readonly AlertPhase[] = ['firing', 'pending', 'resolved', 'past'];
    const rank = (each: Known): number => order.indexOf(phaseOf(each));
    const sorted = known.sort((a, b) => rank(a) - rank(b) || compareLabels(a.labels, b.labels));
    return {
      ...{ at, alertname },
      rules: rules.map(ruleStory),
      alerts: sorted.slice(0, maxAlerts).map((each) => alertStory(deps, each, rules)),
      leftTo: deps.leftTo,
      leftOut: Math.max(0, known.length - maxAlerts),
      nearest: rules.length + known.length === 0 && alertname !== undefined ? nearestTo(deps, alertname) : [],
    };
  };
}

function nameOf({ rules, naming, dispatcher, decisions }: WhyDeps, fingerprint: string | undefined) {
  if (fingerprint === undefined) return undefined;
  const told = dispatcher.alert(fingerprint) ?? decisions.alert(fingerprint);
  const active = rules().flatMap(({ alerts }) => alerts.filter((each) => naming(each).fingerprint === fingerprint));
  return (told ?? active[0])?.labels.alertname;
}

function knownAlerts(deps: WhyDeps, rules: readonly RuleHealth[], alertname: string | undefined): Known[] {
  const { dispatcher, decisions, naming } = deps;
  const found = new Map<string, Known>();
  const note = (each: Known): void => void found.set(each.fingerprint, { ...found.get(each.fingerprint), ...each });
  for (const { fingerprint, labels } of decisions.alertsNamed(alertname ?? '', maxPast)) note({ fingerprint, labels });
  for (const view of dispatcher.alerts((labels) => (labels.alertname ?? '') === (alertname ?? ''))) {
    note({ fingerprint: view.alert.fingerprint, labels: view.alert.labels, view });
  }
  for (const rule of rules) for (const active of rule.alerts) note({ ...namesOf(naming, active), rule, active });
  return [...found.values()];
}

function namesOf(naming: Naming, { fingerprint, labels }: ActiveAlert) {
  const told = naming({ fingerprint, labels });
  return { fingerprint: told.fingerprint, labels: told.labels };
}

function phaseOf({ active, view }: Known): AlertPhase {
  if (active) return active.state;
  if (!view) return 'past';
  return view.status === 'resolved' ? 'resolved' : 'firing';
}

function ruleStory({ file, group, rule, health, lastError, lastEvaluation }: RuleHealth): RuleStory {
  const { forMs, keepFiringForMs } = rule.kind === 'alerting' ? rule : { forMs: 0, keepFiringForMs: 0 };
  return { file, group, expr: rule.query, forMs, keepFiringForMs, health, lastError, lastEvaluation };
}

function alertStory(deps: WhyDeps, known: Known, rules: readonly RuleHealth[]): AlertStory {
  const { fingerprint, labels, active, view } = known;
  const about = deps.decisions.about(fingerprint, maxRead);
  const phase = phaseOf(known);
  return {
    ...{ fingerprint, labels, phase },
    annotations: active?.annotations ?? view?.alert.annotations ?? {},
    rule: ruleOf(deps, known, rules),
    generatorURL: view?.alert.generatorURL,
    value: active?.value,
    ...timesOf(known, phase),
    holding: phase === 'past' ? [] : holdings(deps, view),
    routes: deps.leftTo.length > 0 && !view ? [] : routeStories(deps, known, about),
    history: about.slice(0, maxHistory),
  };
}

/** An alert that its rule no longer has still says which expression it came from. */
function ruleOf({ externalURL }: WhyDeps, { rule, view }: Known, rules: readonly RuleHealth[]): number | undefined {
  const from = view?.alert.generatorURL;
  const isIts = (each: RuleHealth): boolean =>
    rule ? each === rule : from === generatorURL(externalURL, each.rule.query) || (!view && rules.length === 1);
  const index = rules.findIndex(isIts);
  return index < 0 ? undefined : index;
}

type Times = 'pendingSince' | 'firesAt' | 'firingSince' | 'keptSince' | 'keptUntil' | 'endedAt';

function timesOf({ rule, active, view }: Known, phase: AlertPhase): Pick<AlertStory, Times> {
  const { forMs, keepFiringForMs } = rule ? ruleStory(rule) : { forMs: 0, keepFiringForMs: 0 };
  const isPending = phase === 'pending';
  const ripeAt = active && active.activeAt + forMs;
  const keptSince = active?.keepFiringSince;
  return {
    pendingSince: isPending ? active?.activeAt : undefined,
    firesAt: isPending ? ripeAt : undefined,
    firingSince: isPending ? undefined : (view?.alert.startsAt ?? ripeAt),
    keptSince,
    keptUntil: keptSince === undefined ? undefined : keptSince + keepFiringForMs,
    endedAt: phase === 'resolved' ? view?.alert.endsAt : undefined,
  };
}

const maxNearest = 5;

/** The one that was probably meant, then those that have it within them. */
function nearestTo({ rules, dispatcher, decisions }: WhyDeps, alertname: string): readonly string[] {
  const alerting = rules().flatMap(({ rule }) => (rule.kind === 'alerting' ? [rule.name] : []));
  const told = new Set<string>();
  // Nothing is asked for: a view of every alert costs much more than its name.
  dispatcher.alerts(({ alertname: name = '' }) => {
    told.add(name);
    return false;
  });
  const names = [...new Set([...alerting, ...told, ...decisions.names()])].filter((name) => name !== '').sort();
  const part = alertname.toLowerCase();
  const nearest = nearestName(alertname, names);
  const within = names.filter((name) => part !== '' && name.toLowerCase().includes(part));
  return [...new Set([...(nearest === undefined ? [] : [nearest]), ...within])].slice(0, maxNearest);
}
