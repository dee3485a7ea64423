import { rfc3339 } from '../lib/clock.ts';
import type { Acknowledgement } from '../model/acknowledgement.ts';
import { type Alert, alertStatus } from '../model/alert.ts';
import { dueAt } from './group.ts';
import { type Flush, heldForFiring, type Stage, type Suppression } from './pipeline.ts';
import type { EscalationStep } from './route.ts';

/** Why an alert waits, or undefined where it may be told. */
type Judge = (flush: Flush, alert: Alert) => Omit<Suppression, 'fingerprint'> | undefined;

/** Only for the steps of escalations: the tree stays Alertmanager's. */
function forSteps(judge: Judge): Stage {
  return (flush, alerts) => {
    if (!flush.group.route.escalation) return { alerts, suppressed: [] };
    const judged = alerts.map((alert) => ({ alert, held: judge(flush, alert) }));
    return {
      alerts: judged.filter(({ held }) => !held).map(({ alert }) => alert),
      suppressed: judged.flatMap(({ alert: { fingerprint }, held }) => (held ? [{ fingerprint, ...held }] : [])),
    };
  };
}

/**
 * Holds back what has not been firing long enough, and the end of what the step never told of. What it told of passes
 * at any age: of an alert that ended and began again within a moment, the receiver still knows the first beginning.
 */
export function escalationStage(): Stage {
  return forSteps(({ group, entry, at }, alert) => {
    const step = stepName(group.route.escalation);
    if (alertStatus(alert, at) === 'resolved') {
      if (heldForFiring(entry).has(alert.fingerprint)) return undefined;
      return { by: 'escalation', sources: [step, 'ended'], reason: `ended before ${step} told of it` };
    }
    const due = dueAt(group, alert);
    if (due <= at || entry?.firing.includes(alert.fingerprint)) return undefined;
    return { by: 'escalation', sources: [step, rfc3339(due)], reason: `${step} is due at ${rfc3339(due)}`, until: due };
  });
}

/** Holds back what somebody looks after. The end of what was told is told all the same. */
export function acknowledgeStage(acknowledged: (alert: Alert) => Acknowledgement | undefined): Stage {
  return forSteps(({ group: { route }, at }, alert) => {
    const known = alertStatus(alert, at) === 'firing' ? acknowledged(alert) : undefined;
    if (!known) return undefined;
    const comment = known.comment === '' ? '' : `: ${known.comment}`;
    const reason = `${stepName(route.escalation)} is held while acknowledged by ${known.by} at ${rfc3339(known.at)}${comment}`;
    return { reason, by: 'acknowledgement', sources: [known.by, rfc3339(known.at)] };
  });
}

function stepName(step: EscalationStep | undefined): string {
  return `step ${step?.number ?? 0} of escalation ${step?.chain ?? ''}`;
}
