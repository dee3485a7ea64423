import { compileAnchored } from '../lib/regex.ts';
import type { Hold } from '../state/recovery-ladders.ts';
import type { RecoveryConfig } from './config.ts';
import type { JudgedRunner, RecoveryPorts } from './ports.ts';

export const outcomes = [
  'started',
  'paged',
  'disabled',
  'paused',
  'no-container',
  'in-progress',
  'waiting',
  'busy',
  'unknown',
  'elsewhere',
  'recovered',
  'stopped',
  'budget',
  'backoff',
  'exhausted',
  'quarantined',
  'too-soon',
  'not-ours',
  'dry-run',
] as const;
export type RulingOutcome = (typeof outcomes)[number];

/** What was decided, and why. */
export interface Ruling {
  readonly outcome: RulingOutcome;
  readonly reason: string;
  /** When it may be decided otherwise, ms since the epoch; undefined where time alone changes nothing. */
  readonly at?: number | undefined;
}

/** What nobody has to be asked for: the switches, and who holds the runner back. */
export function heldBack(
  config: RecoveryConfig,
  ports: Pick<RecoveryPorts, 'switchedOff' | 'ladders' | 'clock' | 'isDraining'>,
  runner: string,
): Ruling | undefined {
  if (!config.enabled) return { outcome: 'disabled', reason: 'recovery.enabled is false' };
  const off = ports.switchedOff();
  if (off !== undefined) return { outcome: 'disabled', reason: off };
  if (ports.isDraining(runner)) return { outcome: 'paused', reason: 'it is being drained' };
  const holds = ports.ladders.holds(ports.clock.now());
  const hold = lastToEnd(holds, undefined) ?? lastToEnd(holds, runner);
  return hold && { outcome: hold.runner === undefined ? 'disabled' : 'paused', reason: whoHolds(hold), at: hold.until };
}

/** Of several who hold the same. */
function lastToEnd(holds: readonly Hold[], runner: string | undefined): Hold | undefined {
  const ends = ({ until = Number.POSITIVE_INFINITY }: Hold): number => until;
  return holds
    .filter((one) => one.runner === runner)
    .reduce<Hold | undefined>((last, one) => (last === undefined || ends(one) > ends(last) ? one : last), undefined);
}

function whoHolds({ runner, by, reason }: Hold): string {
  const what = runner === undefined ? 'all of recovery is paused' : 'it is paused';
  return `${what} by ${by}${reason === '' ? '' : `: ${reason}`}`;
}

/** A verdict for which nothing is to be healed, in the words of decisions. */
const withoutLadder: Readonly<Record<string, RulingOutcome>> = {
  healthy: 'recovered',
  busy: 'busy',
  starting: 'waiting',
  stopped: 'stopped',
  'cut-off': 'elsewhere',
  unknown: 'unknown',
};

export function nothingToHeal(judged: JudgedRunner | undefined): Ruling {
  if (!judged) return { outcome: 'unknown', reason: 'nothing is known of this runner' };
  const { verdict, because } = judged;
  const outcome = withoutLadder[verdict];
  if (outcome === undefined) return { outcome: 'disabled', reason: `recovery.ladders has nothing for ${verdict}` };
  return { outcome, reason: `it is ${verdict}: ${because}` };
}

/** What is asked of a ghost beside: that it has been one for long, and is nobody else's. */
export function objectionToGhost(
  { ghosts }: RecoveryConfig,
  { runner, judged, isOurs, now }: { runner: string; judged: JudgedRunner; isOurs: boolean; now: number },
): Ruling | undefined {
  if (judged.since === undefined) return { outcome: 'unknown', reason: 'nobody knows since when it is a ghost' };
  const at = judged.since + ghosts.after;
  if (at > now)
    return { outcome: 'too-soon', reason: `it is a ghost for less than ${ghosts.after / 60_000} minutes`, at };
  if (isOurs || ghosts.names.some(({ source }) => compileAnchored(source)(runner))) return undefined;
  return {
    outcome: 'not-ours',
    reason: 'Runnerwatch did not register it, and no pattern of recovery.ghosts.names matches',
  };
}
