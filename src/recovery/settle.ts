import type { LadderState } from '../state/recovery-ladders.ts';
import type { RecoveryPorts } from './ports.ts';

type Ports = Pick<RecoveryPorts, 'clock' | 'ladders' | 'meter' | 'log'>;

/** Until then a runner that nobody knows may come back: after a start, and where its container is made anew. */
const goneMs = 3_600_000;

/** Looks at ladders on which no step is under way, and closes those that are over. */
export function createSettler(ports: Ports & Pick<RecoveryPorts, 'verdictOf'>): (state: LadderState) => void {
  const { clock, ladders, verdictOf } = ports;
  // By runner, since when nothing is known of it; bounded by the ladders.
  const missing = new Map<string, number>();
  return (state) => {
    const { runner } = state;
    const verdict = verdictOf(runner)?.verdict;
    if (verdict !== undefined) missing.delete(runner);
    if (verdict === 'healthy' || verdict === 'busy') return closeHealed(ports, state);
    // Somebody looks after it.
    if (verdict === 'stopped' && state.page) return ladders.put({ ...state, page: undefined });
    if (verdict !== undefined) return;
    const since = missing.get(runner) ?? clock.monotonic();
    missing.set(runner, since);
    if (clock.monotonic() - since < goneMs) return;
    missing.delete(runner);
    ladders.remove(runner);
  };
}

/** The runner is well: its ladder is over. A quarantine stays, because only a person ends it; its page does not. */
export function closeHealed({ clock, ladders, meter, log }: Ports, state: LadderState): void {
  const { runner, verdict, since } = state;
  const isKept = state.quarantinedAt !== undefined;
  // A quarantined one that is well stays so without being counted each time that it is looked at.
  if (isKept && state.page === undefined) return;
  meter.recovered(verdict, clock.now() - since);
  log.info({ runner, verdict }, 'runner is well again');
  if (isKept) ladders.put({ ...state, page: undefined });
  else ladders.remove(runner);
}
