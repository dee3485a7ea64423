import { formatAlert } from '../alerts/reasons.ts';
import { parseTime } from '../lib/clock.ts';
import { printable } from './command.ts';
import { spanOf } from './span.ts';
import type { ToldAlert, ToldDecision, ToldHolding, ToldRoute, ToldRule, ToldWay, WhyAnswer } from './why-answer.ts';

/** A time with how far it is from now. */
type Say = (time: string) => string;

/** The story of each alert as a block of lines, and of each rule that has no alert. */
export function whyText(why: WhyAnswer): readonly string[] {
  const say: Say = (time) => `${time} (${relative(parseTime(time) - parseTime(why.at))})`;
  const idle = why.rules.filter((_, index) => !why.alerts.some(({ rule }) => rule === index));
  const blocks = [
    ...why.alerts.map((alert) => alertBlock(alert, why, say)),
    ...idle.map((rule) => idleBlock(why.alertname ?? '', rule, say)),
    ...(why.leftOut > 0 ? [[`${why.leftOut} more alerts match: say with --label which ones`]] : []),
  ];
  return blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block])).map(printable);
}

function relative(ms: number): string {
  return ms < 0 ? `${spanOf(-ms / 1000)} ago` : `in ${spanOf(ms / 1000)}`;
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(11)} ${text}`;
}

function alertBlock(alert: ToldAlert, { rules, leftTo }: WhyAnswer, say: Say): readonly string[] {
  const rule = alert.rule === undefined ? undefined : rules[alert.rule];
  const { fingerprint, labels, annotations, holding, routes, history } = alert;
  return [
    `${formatAlert(labels)}: ${stateOf(alert, say)}`,
    line('fingerprint', fingerprint),
    ...(annotations.summary === undefined ? [] : [line('summary', annotations.summary)]),
    ...(rule ? ruleLines(rule, say) : [line('rule', sourceOf(alert))]),
    ...holding.map((each) => line('held back', holdingText(each, say))),
    ...(leftTo.length === 0 || routes.length > 0
      ? []
      : [line('route', `left to the Alertmanagers ${leftTo.join(', ')}`)]),
    ...routes.flatMap((route) => routeLines(route, alert, say)),
    ...(history.length === 0 ? [] : ['  history']),
    ...history.map((decision) => `    ${historyText(decision)}`),
  ];
}

function stateOf(alert: ToldAlert, say: Say): string {
  const { phase, value, pendingSince, firesAt, firingSince, keptSince, keptUntil, endedAt } = alert;
  const valued = value === undefined ? '' : `, value ${value}`;
  if (phase === 'past') return 'neither pending nor firing now';
  if (phase === 'resolved') return `resolved${endedAt === undefined ? '' : ` since ${say(endedAt)}`}`;
  if (phase === 'pending') {
    return `pending since ${saidOr(pendingSince, say)}, fires at ${saidOr(firesAt, say)} if it goes on${valued}`;
  }
  const kept =
    keptSince === undefined
      ? ''
      : `; its expression gives nothing since ${say(keptSince)}, keep_firing_for holds it until ${saidOr(keptUntil, say)}`;
  return `firing since ${saidOr(firingSince, say)}${valued}${kept}`;
}

function saidOr(time: string | undefined, say: Say): string {
  return time === undefined ? 'an unknown time' : say(time);
}

function sourceOf({ phase, generatorURL }: ToldAlert): string {
  if (phase === 'past') return 'none has it now';
  return `none here: it came by the API${generatorURL ? `, from ${generatorURL}` : ''}`;
}

function ruleLines(rule: ToldRule, say: Say): readonly string[] {
  const { file, group, expr, forMs, keepFiringForMs, lastError, lastEvaluation } = rule;
  const spans = [
    ...(forMs > 0 ? [`for ${spanOf(forMs / 1000)}`] : []),
    ...(keepFiringForMs > 0 ? [`keep_firing_for ${spanOf(keepFiringForMs / 1000)}`] : []),
    lastEvaluation === undefined ? 'not evaluated yet' : `evaluated ${say(lastEvaluation)}`,
  ];
  return [
    line('rule', `group ${group} of ${file}; ${spans.join(', ')}`),
    line('expr', expr.replace(/\s+/g, ' ').trim()),
    ...(lastError === undefined ? [] : [line('error', lastError)]),
  ];
}

function idleBlock(alertname: string, rule: ToldRule, say: Say): readonly string[] {
  const failed = rule.lastError === undefined ? '' : '; its last evaluation failed';
  return [`${alertname}: inactive, its rule has no alert that is pending or firing${failed}`, ...ruleLines(rule, say)];
}

function holdingText({ by, source, labels, createdBy, comment, until }: ToldHolding, say: Say): string {
  if (by === 'inhibition') {
    return `inhibited by ${labels ? `${formatAlert(labels)} (fingerprint ${source})` : `fingerprint ${source}`}`;
  }
  const end = until === undefined ? '' : ` until ${say(until)}`;
  return `silenced by ${source}${end}, ${createdBy || 'nobody'}: ${JSON.stringify(comment ?? '')}`;
}

function routeLines(route: ToldRoute, { phase }: ToldAlert, say: Say): readonly string[] {
  const { matchers, receiver, step, groupKey, nextFlushAt, mutedBy, ways } = route;
  const why = step
    ? `step ${step.number} of escalation ${step.chain}`
    : `matches ${matchers.length === 0 ? 'no route below the root' : matchers.join(' ')}`;
  const next = nextFlushAt === undefined ? 'no such group now' : `next flush ${say(nextFlushAt)}`;
  return [
    line('route', `${why}: receiver ${receiver}, group ${groupKey}, ${next}`),
    ...(mutedBy.length === 0 ? [] : [`    muted now by time interval ${mutedBy.join(', ')}`]),
    ...ways.flatMap((way) => wayLines(way, phase, say).map((text) => `    ${way.queue}: ${text}`)),
  ];
}

function wayLines({ queue, latest, told, outcome, waiting }: ToldWay, phase: ToldAlert['phase'], say: Say) {
  const isHeld = latest?.what === 'suppressed' && (!told || parseTime(latest.lastAt) > parseTime(told.lastAt));
  // What waits for another try says itself why.
  const isSaid = outcome?.what === 'retried' && waiting.length > 0;
  const known = outcome && told && !isSaid && (outcome.about ?? '') >= (told.about ?? '') ? outcome : undefined;
  const never = phase === 'pending' ? 'nothing is told of what is pending' : 'not told of it yet';
  return [
    ...(told ? [toldText(told, say)] : []),
    ...(told && queue.endsWith('/log') ? ['in the log alone: the receiver has no integrations'] : []),
    ...(known ? [outcomeText(known, say)] : []),
    ...waiting.map(({ attempts, dueAt }) => waitingText(attempts, dueAt, outcome, say)),
    ...(isHeld ? [heldText(latest, say)] : []),
    ...(!told && !isHeld ? [never] : []),
  ];
}

/** `same` begins with what the alert was told as. */
function toldText({ same, reason, lastReason, firstAt, lastAt, count }: ToldDecision, say: Say): string {
  const status = same.split(' ')[0] ?? '';
  const last = count > 1 ? `; ${count} times, last ${say(lastAt)}: ${lastReason ?? reason}` : '';
  return `told ${status} ${say(firstAt)}: ${reason}${last}`;
}

function outcomeText({ what, reason, lastReason, lastAt }: ToldDecision, say: Say): string {
  const words = lastReason ?? reason;
  return words.startsWith(what) ? `${words}, ${say(lastAt)}` : `${what} ${say(lastAt)}: ${words}`;
}

function waitingText(attempts: number, dueAt: string, outcome: ToldDecision | undefined, say: Say): string {
  if (attempts === 0) return `not accepted yet: to be sent ${say(dueAt)}`;
  const error = outcome?.what === 'retried' ? `: ${outcome.lastReason ?? outcome.reason}` : '';
  return `not accepted yet: tried ${attempts} times, next ${say(dueAt)}${error}`;
}

function heldText({ reason, firstAt, count, until }: ToldDecision, say: Say): string {
  const times = count > 1 ? ` at ${count} flushes` : '';
  const end = until === undefined ? '' : `, until ${say(until)}`;
  return `held back since ${say(firstAt)}${times}${end}: ${reason}`;
}

function historyText({ queue, what, same, reason, lastReason, firstAt, lastAt, count }: ToldDecision): string {
  const times = count > 1 ? `${firstAt} to ${lastAt}, ${count} times` : firstAt;
  const status = what === 'told' ? ` ${same.split(' ')[0]}` : '';
  const words = lastReason === undefined || lastReason === reason ? reason : `${reason}; last: ${lastReason}`;
  return `${times}  ${queue}  ${what}${status}: ${words}`;
}
