import type { AuditEvent } from '../model/audit.ts';
import type { RecoveryRequest } from './payload.ts';
import type { RecoveryPorts } from './ports.ts';
import type { Ruling } from './safety.ts';
import type { Verification } from './verify.ts';

type Told = Ruling & { readonly action: string; readonly verdict: string };
type Ports = Pick<RecoveryPorts, 'clock' | 'log' | 'audit' | 'meter' | 'ladders'>;

/** Every decision, also not to act: log, metric, audit log, and what `runners why` reads. */
export function tellRuling(ports: Ports, request: RecoveryRequest, { at: _, ...told }: Told): void {
  const { runner, alerts } = request;
  const { action, outcome } = told;
  if (outcome === 'paged') ports.log.error({ runner, alerts, ...told }, 'runner needs a person');
  else ports.log.info({ runner, alerts, ...told }, 'recovery decided');
  ports.meter.count(action, outcome);
  ports.audit(rulingOf(request, told));
  ports.ladders.note({ runner, ...told }, ports.clock.now());
}

/** The decision itself is in a label: that nothing was to be done is neither a success nor a failure. */
function rulingOf({ runner, alerts }: RecoveryRequest, { action, verdict, outcome, reason }: Told): AuditEvent {
  return {
    action: 'recovery-decided',
    ...(outcome === 'unknown' && { outcome }),
    message: `Recovery of ${runner}: ${outcome}, ${reason}.`,
    labels: { runner, recovery: action, verdict, decision: outcome, reason, alerts: alerts.join(',') },
  };
}

/** What came of a step. */
export function tellEnd(
  { log, audit, meter }: Ports,
  { runner, action, outcome }: { readonly runner: string; readonly action: string; readonly outcome: Verification },
): void {
  const reason = outcome.well ? 'it is well again' : outcome.reason;
  const isGood = outcome.well || outcome.done === true;
  meter.count(action, isGood ? 'succeeded' : 'failed');
  audit({
    action: 'recovery-ended',
    outcome: isGood ? 'success' : 'failure',
    message: `Recovery of ${runner} ended: ${reason}.`,
    labels: { runner, recovery: action, reason },
  });
  if (isGood) log.info({ runner, action }, 'recovery succeeded');
  else log.error({ runner, action, reason }, 'recovery failed');
}
