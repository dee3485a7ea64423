import { alertStatus, type Notification } from '../model/alert.ts';

/**
 * Whether `newer` says everything that `older` would: each of its alerts, of the same start and in the same state. Then
 * the older one, still unsent, is left out, so that a receiver that was away is not flooded with repetitions. An alert
 * that fired and was resolved meanwhile differs in its state, so both are told, in order.
 */
export function supersedes(newer: Notification, older: Notification): boolean {
  const said = new Set(newer.alerts.map((alert) => stateKey(alert, newer.at)));
  return older.alerts.every((alert) => said.has(stateKey(alert, older.at)));
}

function stateKey(alert: Notification['alerts'][number], at: number): string {
  return `${alert.fingerprint} ${alert.startsAt} ${alertStatus(alert, at)}`;
}
