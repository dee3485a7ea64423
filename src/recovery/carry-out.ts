import { withDeadline } from '../lib/deadline.ts';
import { reasonOf } from '../lib/log.ts';
import { findingsOf } from './ask.ts';
import type { RecoveryConfig } from './config.ts';
import { type Objection, ownRegistrations } from './findings.ts';
import type { RecoveryPorts } from './ports.ts';
import { objection } from './precondition.ts';
import { heldBack } from './safety.ts';
import type { Move } from './step.ts';
import { type Verification, verify } from './verify.ts';

/** Beside the time to stop and to see something, twice: for Docker and GitHub themselves. */
const marginMs = 120_000;

/** Takes the step and proves that it helped. Never rejects. */
export async function carryOut(
  { settings, judged, request, action, findings }: Move,
  { config, ports, signal }: { config: () => RecoveryConfig; ports: RecoveryPorts; signal: AbortSignal },
): Promise<Verification> {
  const { grace: graceMs, verify_timeout: patienceMs } = settings;
  const { runner } = request;
  const { verdict } = judged;
  const target = {
    ...{ runner, graceMs, patienceMs, container: findings.container },
    registrations: ownRegistrations(findings),
    cleanUp: settings.clean_up,
    recheck: () => recheck(ports, { runner, verdict, config }, signal),
  };
  try {
    const ms = 2 * (graceMs + patienceMs) + marginMs;
    await withDeadline(ports.clock, { ms, what: action.name, signal }, (cut) => action.act(ports, target, cut));
    if (action.onlyKeepsAway) return { well: false, done: true, reason: `it is done; the runner is still ${verdict}` };
    const claim = { runner, verdict, container: findings.container?.id, timeoutMs: patienceMs };
    return await verify(ports, claim, signal);
  } catch (error) {
    return { well: false, reason: reasonOf(error) };
  }
}

/** In the middle of a step. That GitHub does not list the runner is no objection then: it was taken out. */
async function recheck(
  ports: RecoveryPorts,
  { runner, verdict, config }: { runner: string; verdict: string; config: () => RecoveryConfig },
  signal: AbortSignal,
): Promise<Objection> {
  const findings = await findingsOf(ports, runner, signal).catch(reasonOf);
  if (typeof findings === 'string') return { outcome: 'unknown', reason: findings };
  const held = heldBack(config(), ports, runner);
  if (held) return { outcome: 'paused', reason: held.reason };
  const now = ports.verdictOf(runner)?.verdict;
  if (now === 'cut-off' || now === 'busy') return { outcome: 'unknown', reason: `it is ${now} now` };
  return objection(findings, { action: 'restart', needs: 'container', verdict, evenBusy: false, evenStarting: true });
}
