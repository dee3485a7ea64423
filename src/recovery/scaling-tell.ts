import type { RecoveryPorts } from './ports.ts';

export interface ScalingMeter {
  count(move: string, outcome: string): void;
}

interface Told {
  readonly move: 'start' | 'stop' | 'none';
  readonly outcome: string;
  readonly reason: string;
}

const moved: ReadonlySet<string> = new Set(['started', 'stopped', 'failed']);
const words = { start: 'scale-up', stop: 'scale-down', none: 'none' } as const;

/** Every start and stop, and what is decided otherwise than at the look before: a pool is looked at all the time. */
export function createScalingTelling(
  { log, audit, ladders, clock, verdictOf }: RecoveryPorts,
  meter: ScalingMeter,
): (runner: string, told: Told) => void {
  const last = new Map<string, string>();
  return (runner, { move, outcome, reason }) => {
    const isMove = move !== 'none' && moved.has(outcome);
    const key = JSON.stringify([move, outcome, reason]);
    if (!isMove && last.get(runner) === key) return;
    last.set(runner, key);
    log[outcome === 'failed' ? 'error' : 'info']({ runner, move, outcome, reason }, 'scaling decided');
    meter.count(move, outcome);
    const verdict = verdictOf(runner)?.verdict ?? 'unknown';
    ladders.note({ runner, verdict, action: words[move], outcome, reason }, clock.now());
    // What is left as it is may change with every job: that is in the log, and `runners why` tells it.
    if (move === 'none') return;
    audit({
      action: 'scaling-decided',
      ...(isMove && { outcome: outcome === 'failed' ? ('failure' as const) : ('success' as const) }),
      message: `Scaling, ${move} of ${runner}: ${outcome}, ${reason}.`,
      labels: { runner, move, decision: outcome, reason },
    });
  };
}
