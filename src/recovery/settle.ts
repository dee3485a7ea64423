import type { LadderState } from '../state/recovery-ladders.ts';
import type { RecoveryPorts } from './ports.ts';

type Ports = Pick<RecoveryPorts, 'clock' | 'ladders' | 'meter' | 'log'>;

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
