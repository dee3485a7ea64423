import type { RunnerEvidence, Verdict } from '../../src/model/runner.ts';
import { judge } from '../../src/recovery/verdict.ts';
import type { Views } from '../../src/recovery/views.ts';
import { both, noon, nothing, running, verdictConfig, viewsOf } from './runner-evidence.ts';

export const githubFails = viewsOf('answering', 'failing');
export const githubOff = viewsOf('answering', 'off');
export const dockerFails = viewsOf('failing', 'answering');
export const silent = { github: 'unknown', registered: true, scopes: ['o/r'] } as const;

export function judged(evidence: Partial<RunnerEvidence>, views: Views = both) {
  return judge({ ...nothing, ...evidence }, { views, config: verdictConfig, now: noon });
}

/** What is found, how the sources fare, the verdict, and its reason. */
export type Case = readonly [string, Partial<RunnerEvidence>, Views, Verdict, string];

export const foreign = {
  ...running,
  checkTells: false,
  listener: undefined,
  worker: undefined,
  session: undefined,
} as const;
export const bare = { ...foreign, containerHealth: 'none', egress: undefined } as const;
export const away = { hosted: false, removed: false } as const;
