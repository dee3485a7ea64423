import { withDeadline } from '../lib/deadline.ts';
import { reasonOf } from '../lib/log.ts';
import type { StandbyStore } from '../state/standby.ts';
import { findingsOf } from './ask.ts';
import type { RecoveryConfig } from './config.ts';
import type { Drains } from './drains.ts';
import type { RecoveryPorts } from './ports.ts';
import { objectionToStop } from './precondition.ts';
import { heldBack } from './safety.ts';
import { canServe, decideScaling, type ScaledRunner, type ScalingMove, type WaitingJob } from './scaling.ts';
import { barredFrom, isOnStandby, type PoolContainer } from './scaling-pool.ts';
import { createScalingTelling, type ScalingMeter } from './scaling-tell.ts';

export interface ScalingPorts {
  /** What healing may reach: the same switches, pauses and questions hold. */
  readonly recovery: RecoveryPorts;
  /** Every runner's container here. */
  pool(signal: AbortSignal): Promise<readonly PoolContainer[]>;
  /** Undefined where any queue is not known as it is now. */
  queue(): readonly WaitingJob[] | undefined;
  /** How an idle member is stopped: as for people, jobs are kept away first. */
  readonly drains: Pick<Drains, 'begin' | 'of' | 'settledOf'>;
  readonly standby: StandbyStore;
  readonly meter: ScalingMeter;
  /** The runners on which healing has a step under way. */
  healing(): ReadonlySet<string>;
}

export interface Scaler {
  /** One look, and at most one start or stop. Never rejects. */
  look(signal: AbortSignal): Promise<void>;
  /** Members that are down until jobs wait. */
  standby(): readonly string[];
}

/** Beside the time to stop: for Docker itself. */
const marginMs = 60_000;

/** It had nothing to do for long: who gets a job just now is left to it. */
const idleWithinMs = 30_000;

export function createScaler(config: () => RecoveryConfig, ports: ScalingPorts): Scaler {
  const { recovery, standby } = ports;
  const { clock } = recovery;
  const tell = createScalingTelling(recovery, ports.meter);
  /** By runner, since when it has had nothing to do, monotonic. Who begins anew waits longer, never shorter. */
  const idleSince = new Map<string, number>();
  let movedAt = Number.NEGATIVE_INFINITY;
  let waiting: readonly string[] = [];

  async function look(signal: AbortSignal): Promise<void> {
    const { scaling } = config();
    if (!scaling.enabled) {
      waiting = [];
      idleSince.clear();
      return;
    }
    const pool = await ports.pool(signal);
    const jobs = ports.queue();
    forgetRuns(pool);
    waiting = pool.flatMap(({ runner, details }) => (details && isOnStandby(details, standby.all()) ? [runner] : []));
    const runners = pool.map((one) => scaled(one, jobs));
    const restMs = Math.max(0, movedAt + scaling.cooldown - clock.monotonic());
    const { move, left } = decideScaling({ runners, jobs, restMs }, scaling);
    for (const [runner, reason] of left) tell(runner, { move: 'none', outcome: 'left', reason });
    if (move) await carryOut(move, signal);
  }

  /** Those whose container is gone, or runs anew: who ends that run is somebody else. */
  function forgetRuns(pool: readonly PoolContainer[]): void {
    const down = new Set(pool.flatMap(({ details }) => (details && !details.state.running ? [details.id] : [])));
    for (const { container } of standby.all()) if (!down.has(container)) standby.remove(container);
  }

  function scaled(container: PoolContainer, jobs: readonly WaitingJob[] | undefined): ScaledRunner {
    const { runner, isMember, isRunning, details, labels, scopes } = container;
    const verdict = recovery.verdictOf(runner)?.verdict ?? 'unknown';
    const now = clock.monotonic();
    const isIdle = isRunning && verdict === 'healthy' && jobs !== undefined;
    if (isIdle && !jobs.some((job) => canServe(container, job))) idleSince.set(runner, idleSince.get(runner) ?? now);
    else idleSince.delete(runner);
    const since = idleSince.get(runner);
    return {
      ...{ runner, isMember, isRunning, verdict, labels, scopes },
      barred: details && !isRunning ? barredFrom(details, standby.all()) : undefined,
      idleMs: since === undefined ? undefined : now - since,
    };
  }

  async function carryOut(move: ScalingMove, signal: AbortSignal): Promise<void> {
    const { runner } = move;
    const refusal = await objectionTo(move, signal);
    if (refusal) return tell(runner, { move: move.move, ...refusal });
    if (config().dry_run) {
      return tell(runner, { ...move, outcome: 'dry-run', reason: `recovery.dry_run is true; ${move.reason}` });
    }
    movedAt = clock.monotonic();
    idleSince.delete(runner);
    try {
      await (move.move === 'start' ? start(move, signal) : stop(move, signal));
    } catch (error) {
      if (signal.aborted) return;
      tell(runner, { ...move, outcome: 'failed', reason: reasonOf(error) });
    } finally {
      movedAt = clock.monotonic();
    }
  }

  /** Asked right before: the switches, who holds it back, Docker and GitHub. */
  async function objectionTo({ runner, move }: ScalingMove, signal: AbortSignal) {
    const settings = config();
    const held = heldBack(settings, recovery, runner);
    if (held) return held;
    const acting = ports.healing();
    if (acting.has(runner) || acting.size >= settings.max_concurrent) {
      return { outcome: 'waiting', reason: 'a recovery is under way' };
    }
    const findings = await findingsOf(recovery, runner, signal).catch(reasonOf);
    if (typeof findings === 'string') return { outcome: 'unknown', reason: findings };
    const { container } = findings;
    if (!container) return { outcome: 'no-container', reason: 'no container here is labelled as this runner' };
    if (move === 'stop') return objectionToStop(findings);
    if (container.state.running) return { outcome: 'recovered', reason: 'it runs already' };
    const barred = barredFrom(container, standby.all());
    return barred === undefined ? undefined : { outcome: 'stopped', reason: barred };
  }

  async function start(move: ScalingMove, signal: AbortSignal): Promise<void> {
    const container = await theOne(move.runner, signal);
    await withDeadline(clock, { ms: marginMs, what: 'start', signal }, (cut) =>
      recovery.docker.start(container.name, cut),
    );
    tell(move.runner, { ...move, outcome: 'started' });
  }

  async function stop(move: ScalingMove, signal: AbortSignal): Promise<void> {
    const { runner } = move;
    const { id, state } = await theOne(runner, signal);
    // On disk before: a crash in the middle must not make it look like a person's stop.
    standby.put({ container: id, runner, startedAt: state.startedAt ?? 0 }, clock.now());
    const graceMs = config().grace;
    ports.drains.begin({ runner, by: 'scaling', timeoutMs: idleWithinMs, stop: true, graceMs });
    await ports.drains.settledOf(runner);
    const drained = ports.drains.of(runner);
    if (drained?.state === 'drained') return tell(runner, { ...move, outcome: 'stopped' });
    standby.remove(id);
    throw new Error(drained?.reason ?? 'it was not drained');
  }

  async function theOne(runner: string, signal: AbortSignal) {
    const [container, ...others] = await recovery.docker.containersOf(runner, signal);
    if (!container || others.length > 0) throw new Error('it has not one container any more');
    return container;
  }

  return {
    look: (signal) =>
      look(signal).catch((error: unknown) => {
        if (!signal.aborted) recovery.log.warn({ reason: reasonOf(error) }, 'scaling could not look at the pool');
      }),
    standby: () => waiting,
  };
}
