import { reasonOf } from '../lib/log.ts';
import type { Cordon } from '../state/runner-cordons.ts';
import type { RecoveryConfig } from './config.ts';
import { uncordon } from './cordon.ts';
import type { RecoveryPorts } from './ports.ts';
import { heldBack } from './safety.ts';

/** One that is well for a moment only, as at the edge of a limit, stays cordoned. */
const wellForMs = 60_000;
const retryMs = 60_000;

export interface CordonEnd {
  /** Begins to give labels back where it is time to. */
  observe(isActing: (runner: string) => boolean): void;
  settled(): Promise<void>;
}

/** Ends the cordons that recovery made once the runner is well, also those of an earlier process. */
export function createCordonEnd(config: () => RecoveryConfig, ports: RecoveryPorts, signal: AbortSignal): CordonEnd {
  const { clock, cordons, log } = ports;
  let underWay: Promise<void> | undefined;
  /** By runner, when it may be tried again, monotonic; bounded by the cordons. */
  const notBefore = new Map<string, number>();

  function isOver({ runner, purpose }: Cordon, isActing: (runner: string) => boolean): boolean {
    if (purpose === 'person' || isActing(runner) || ports.isDraining(runner)) return false;
    if (clock.monotonic() < (notBefore.get(runner) ?? 0)) return false;
    const settings = config();
    if (settings.dry_run || heldBack(settings, ports, runner)) return false;
    // Of a drain that a stop of this process cut off nothing is left but the cordon.
    return purpose === 'drain' || isWell(runner);
  }

  function isWell(runner: string): boolean {
    const judged = ports.verdictOf(runner);
    return judged?.verdict === 'healthy' && judged.since !== undefined && clock.now() - judged.since >= wellForMs;
  }

  async function end(runner: string): Promise<void> {
    try {
      await uncordon(ports, { runner, by: 'recovery' }, signal);
      notBefore.delete(runner);
    } catch (error) {
      if (signal.aborted) return;
      notBefore.set(runner, clock.monotonic() + retryMs);
      log.warn({ runner, reason: reasonOf(error) }, 'the labels could not be given back yet');
    }
  }

  return {
    observe(isActing) {
      if (underWay) return;
      const over = cordons.all().find((one) => isOver(one, isActing));
      if (!over) return;
      underWay = end(over.runner).finally(() => {
        underWay = undefined;
      });
    },
    settled: async () => underWay,
  };
}
