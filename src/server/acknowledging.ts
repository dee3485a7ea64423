import type { Escalation } from '../alerts/escalation.ts';
import type { Naming } from '../alerts/external-labels.ts';
import type { ActiveAlert } from '../alerts/rule-health.ts';

/** An alert of a rule, and who looks after it. */
export interface WatchedAlert extends ActiveAlert {
  /** Undefined where nobody has acknowledged it. */
  readonly acknowledgedBy: string | undefined;
}

/** Whoever was told knows an alert by the name that `naming` gives it. */
export function withAcknowledgements(
  alerts: readonly ActiveAlert[],
  { acknowledging }: Pick<Escalation, 'acknowledging'>,
  naming: Naming,
): readonly WatchedAlert[] {
  const held = new Map(acknowledging.all().map(({ acknowledgement: { fingerprint, by } }) => [fingerprint, by]));
  return alerts.map((alert) => ({
    ...alert,
    acknowledgedBy: alert.state === 'firing' ? held.get(naming(alert).fingerprint) : undefined,
  }));
}
