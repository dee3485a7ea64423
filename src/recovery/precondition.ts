import { type ContainerDetails, wasAskedToEnd } from '../model/container.ts';
import type { GithubLook } from './ports.ts';

/** Why a runner is left alone; undefined where it may be restarted. */
export type Objection =
  | { readonly outcome: 'busy' | 'unknown' | 'recovered' | 'stopped'; readonly reason: string }
  | undefined;

export interface Findings {
  readonly container: ContainerDetails;
  readonly github: GithubLook;
  /** The command lines in the container; undefined where Docker could not say. */
  readonly processes: readonly string[] | undefined;
}

/** The runner's own process for one job. */
const workerProcess = /(^|[/\s])Runner\.Worker(\s|$)/;

/**
 * The last question before a restart, answered from what was asked just now. A job is never killed: GitHub and the
 * container both have a veto, and no answer is not a yes.
 */
export function objection({ container, github, processes }: Findings): Objection {
  if (github.asked && github.runner?.busy) return { outcome: 'busy', reason: 'GitHub says it works on a job' };
  if (!container.state.running) return objectionToStart(container);
  if (processes === undefined) {
    return { outcome: 'unknown', reason: 'Docker did not say whether its worker process runs' };
  }
  if (processes.some((line) => workerProcess.test(line))) return { outcome: 'busy', reason: 'its worker process runs' };
  if (isWell(container, github)) return { outcome: 'recovered', reason: 'it is well again' };
  return undefined;
}

/** What a person stopped stays stopped; what crashed may be started again. */
function objectionToStart({ state: { status, exitCode } }: ContainerDetails): Objection {
  const stopped = status === 'paused' || status === 'created' || wasAskedToEnd(exitCode);
  return stopped ? { outcome: 'stopped', reason: `its container is ${status}, as somebody wanted it` } : undefined;
}

/** The proof that a restart worked, and the reason not to do one: container well, and GitHub sees it online. */
export function isWell(container: ContainerDetails, github: GithubLook): boolean {
  if (!container.state.running) return false;
  const health = container.health?.status ?? 'none';
  if (health !== 'healthy' && health !== 'none') return false;
  return !github.asked || github.runner?.status === 'online';
}
