import type { RecoveryPorts } from './ports.ts';

/** Who asks, and about which runner; undefined: all of them. */
export interface HoldRequest {
  readonly runner: string | undefined;
  readonly by: string;
}

/** What was ended. */
export interface Released {
  readonly pause: boolean;
  readonly quarantine: boolean;
  /** The pause after a ladder that did not help. */
  readonly ladder: boolean;
}

type Ports = Pick<RecoveryPorts, 'clock' | 'ladders' | 'log' | 'audit'>;

/** From now on nothing is begun for the runner; a step that is under way goes on to its end. */
export function pause(
  { clock, ladders, log, audit }: Ports,
  { runner, by, forMs, reason }: HoldRequest & { readonly forMs: number | undefined; readonly reason: string },
): { readonly until: number | undefined } {
  const at = clock.now();
  const until = forMs === undefined ? undefined : at + forMs;
  ladders.hold({ runner, at, until, by, reason });
  log.warn({ runner, by, reason, until }, 'recovery paused');
  audit({
    action: 'recovery-held',
    outcome: 'success',
    message: `Recovery of ${runner ?? 'all runners'} was paused by ${by}.`,
    labels: { ...(runner !== undefined && { runner }), by, reason },
  });
  return { until };
}

/**
 * Ends everybody's pauses, and for one runner the end of its ladder or its quarantine: the next ladder may begin at once.
 * `own` ends nothing but the pause of the one who asks.
 */
export function release(
  { ladders, log, audit }: Ports,
  { runner, by, own = false }: HoldRequest & { readonly own?: boolean },
): Released {
  const released = ladders.transaction((): Released => {
    const state = runner === undefined || own ? undefined : ladders.get(runner);
    const quarantine = state?.quarantinedAt !== undefined;
    const ladder = state?.endedAt !== undefined && !quarantine;
    if (state && (quarantine || ladder)) ladders.remove(state.runner);
    return { pause: ladders.release(runner, own ? by : undefined), quarantine, ladder };
  });
  if (!Object.values(released).includes(true)) return released;
  log.warn({ runner, by, ...released }, 'recovery released');
  audit({
    action: 'recovery-released',
    outcome: 'success',
    message: `Recovery of ${runner ?? 'all runners'} was released by ${by}.`,
    labels: { ...(runner !== undefined && { runner }), by },
  });
  return released;
}
