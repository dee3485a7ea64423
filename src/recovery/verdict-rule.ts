import type { RunnerEvidence, Verdict } from '../model/runner.ts';
import type { VerdictConfig } from './verdict-config.ts';
import type { Views } from './views.ts';

/** What a rule may know beside the evidence. */
export interface Circumstances {
  readonly views: Views;
  readonly config: VerdictConfig;
  /** ms since the epoch. */
  readonly now: number;
}

/** One sentence of the law: where `holds` gives a reason, that verdict is the runner's. */
export interface VerdictRule {
  readonly verdict: Verdict;
  /** The evidence that the rule looks at. */
  readonly uses: readonly (keyof RunnerEvidence)[];
  /** The reason in words, where the rule holds. Pure. */
  holds(evidence: RunnerEvidence, circumstances: Circumstances): string | undefined;
}

/** Whether what is told of its container is told of one, and not of several. */
export function isOne({ containers }: RunnerEvidence): boolean {
  return containers === 1;
}

export function isRunning({ containerState }: RunnerEvidence): boolean {
  return containerState === 'running';
}

/**
 * Whether the health check fails. Docker calls a container unhealthy only after the last of its retries; a check that says
 * so itself is believed the first time, but for one that has not passed yet since the start.
 */
export function failsCheck({ containerHealth, checkState }: RunnerEvidence): boolean {
  return containerHealth === 'unhealthy' || (containerHealth === 'healthy' && checkState === 'unhealthy');
}

export function hasEnded({ containerState }: RunnerEvidence): boolean {
  return containerState === 'exited' || containerState === 'dead';
}

/** Whether a time that is known lies at least so long ago. */
export function isPast(since: number | undefined, ms: number, now: number): boolean {
  return since !== undefined && now - since >= ms;
}
