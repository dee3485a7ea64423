import { reasonOf } from '../lib/log.ts';
import type { AuditEvent } from '../model/audit.ts';
import type { ContainerDetails } from '../model/container.ts';
import { restart } from './actions/restart.ts';
import { allowance } from './budget.ts';
import type { RecoveryConfig } from './config.ts';
import type { RecoveryRequest } from './payload.ts';
import type { RecoveryPorts } from './ports.ts';
import { objection } from './precondition.ts';
import { type Verification, verify } from './verify.ts';

/** What was decided for one runner, and why: also the decision not to act. */
export interface Decision {
  readonly runner: string;
  readonly action: string;
  readonly outcome:
    | 'started'
    | 'disabled'
    | 'no-container'
    | 'in-progress'
    | 'busy'
    | 'unknown'
    | 'recovered'
    | 'stopped'
    | 'budget'
    | 'backoff'
    | 'dry-run';
  readonly reason: string;
}

export interface Healer {
  /** Decides at once; the restart and its proof go on in the background. Never rejects. */
  recover(request: RecoveryRequest): Promise<Decision>;
  /** Ends when nothing is under way. */
  settled(): Promise<void>;
}

type Verdict = Omit<Decision, 'runner' | 'action'>;
type Container = Pick<ContainerDetails, 'id' | 'name'>;

export function createHealer(config: () => RecoveryConfig, ports: RecoveryPorts, signal: AbortSignal): Healer {
  // At most one entry per runner: two alerts about the same runner must not restart it twice.
  const underWay = new Map<string, Promise<void>>();

  async function decideAndStart({ runner, alerts }: RecoveryRequest): Promise<Verdict> {
    const settings = config();
    if (!settings.enabled) return { outcome: 'disabled', reason: 'recovery.enabled is false' };
    const [container, ...others] = await ports.docker.containersOf(runner, signal);
    if (!container) return { outcome: 'no-container', reason: 'no container here is labelled as this runner' };
    if (others.length > 0) return { outcome: 'unknown', reason: 'several containers are labelled as this runner' };
    const now = ports.clock.now();
    const allowed = allowance(settings, ports.store.startsSince(runner, now - settings.budget.window), now);
    if (!allowed.allowed) return allowed;
    const objected = objection({ container, ...(await ask(ports, runner, container.name, signal)) });
    if (objected) return objected;
    if (settings.dry_run) return { outcome: 'dry-run', reason: 'recovery.dry_run is true: it would be restarted now' };
    // On disk before the act: a crash in the middle must not make the budget forget it.
    const id = ports.store.begin({ runner, container: container.id, action: restart.name, alerts }, now);
    underWay.set(runner, heal(id, runner, container, settings));
    return { outcome: 'started', reason: `asked by ${alerts.join(', ')}` };
  }

  async function heal(attempt: number, runner: string, container: Container, settings: RecoveryConfig): Promise<void> {
    const outcome: Verification = await act(runner, container, settings);
    underWay.delete(runner);
    // Interrupted by our own end: the row stays open, and the next start closes it.
    if (signal.aborted) return;
    ports.store.finish(attempt, outcome.well ? 'succeeded' : 'failed', ports.clock.now());
    ports.count(restart.name, outcome.well ? 'succeeded' : 'failed');
    ports.audit(endOf(runner, outcome));
    if (outcome.well) ports.log.info({ runner }, 'recovery succeeded');
    else ports.log.error({ runner, reason: outcome.reason }, 'recovery failed');
  }

  async function act(runner: string, { id, name }: Container, { grace, verify_timeout }: RecoveryConfig) {
    try {
      await restart.act(ports, { container: name, graceMs: grace }, signal);
      return await verify(ports, { runner, id, timeoutMs: verify_timeout }, signal);
    } catch (error) {
      return { well: false, reason: reasonOf(error) } as const;
    }
  }

  async function recover(request: RecoveryRequest): Promise<Decision> {
    const { runner } = request;
    const verdict = underWay.has(runner)
      ? ({ outcome: 'in-progress', reason: 'an earlier recovery has not ended yet' } as const)
      : await exclusive(request);
    ports.log.info({ runner, alerts: request.alerts, ...verdict }, 'recovery decided');
    ports.count(restart.name, verdict.outcome);
    ports.audit(decisionOf(request, verdict));
    return { runner, action: restart.name, ...verdict };
  }

  /** The place in `underWay` is taken before the first question is asked, and given back where nothing was started. */
  async function exclusive(request: RecoveryRequest): Promise<Verdict> {
    const reserved = Promise.resolve();
    underWay.set(request.runner, reserved);
    try {
      return await decideAndStart(request);
    } catch (error) {
      return { outcome: 'unknown', reason: reasonOf(error) };
    } finally {
      if (underWay.get(request.runner) === reserved) underWay.delete(request.runner);
    }
  }

  return {
    recover,
    settled: async () => {
      await Promise.all(underWay.values());
    },
  };
}

/** GitHub and the container are asked at the same moment; who does not answer makes the whole answer unknown. */
async function ask(ports: RecoveryPorts, runner: string, name: string, signal: AbortSignal) {
  const [github, processes] = await Promise.all([
    ports.github.look(runner, signal),
    ports.docker.top(name, signal).catch(() => undefined),
  ]);
  return { github, processes };
}

/** The decision itself is in a label: that nothing was to be done is neither a success nor a failure. */
function decisionOf({ runner, alerts }: RecoveryRequest, { outcome, reason }: Verdict): AuditEvent {
  return {
    action: 'recovery-decided',
    ...(outcome === 'unknown' && { outcome }),
    message: `Recovery of ${runner}: ${outcome}, ${reason}.`,
    labels: { runner, recovery: restart.name, decision: outcome, reason, alerts: alerts.join(',') },
  };
}

function endOf(runner: string, outcome: Verification): AuditEvent {
  const reason = outcome.well ? 'it is well again' : outcome.reason;
  return {
    action: 'recovery-ended',
    outcome: outcome.well ? 'success' : 'failure',
    message: `Recovery of ${runner} ended: ${reason}.`,
    labels: { runner, recovery: restart.name, reason },
  };
}
