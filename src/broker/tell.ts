import type { BrokerPorts } from './ports.ts';
import type { Decided, TokenRequest } from './request.ts';

/** Each grant and each refusal is counted; but for a flood, each is in the audit log too. */
export function tell(
  { audit, count, log }: Pick<BrokerPorts, 'audit' | 'count' | 'log'>,
  { address = 'unknown' }: TokenRequest,
  { runner, kind, answer }: Decided,
): void {
  const { outcome } = answer;
  count(outcome);
  if (outcome === 'rate-limited' || outcome === 'disabled') return;
  const labels = { ...(runner && { runner }), ...(kind && { kind }), address };
  if (outcome === 'granted') {
    log.info({ runner, kind }, 'runner token granted');
    const message = `The runner was given what it asked for: ${answer.kind}.`;
    audit({ action: 'runner-token-granted', outcome: 'success', message, labels });
    return;
  }
  const { reason } = answer;
  log.warn({ runner, kind, address, outcome, reason }, 'runner token refused');
  const message = 'A request for a runner token was refused.';
  audit({ action: 'runner-token-refused', outcome: 'failure', message, labels: { ...labels, why: outcome, reason } });
}
