import { compileAnchored } from '../../lib/regex.ts';
import type { EndedRun } from '../../model/ended-run.ts';

export interface RunLabels {
  readonly repository: string;
  readonly workflow: string;
  readonly branch: 'default' | 'pull_request' | 'merge_queue' | 'other';
  readonly conclusion: string;
}

export interface LabelSettings {
  /** Names or file names, `*` for any text. */
  readonly workflows: readonly string[];
  readonly max_workflows: number;
}

/** A repository or workflow that has no series of its own, and a word that is new. */
export const other = 'other';

/** Organizations may have thousands that a webhook tells of. */
const maxRepositories = 200;

const conclusions: readonly string[] = [
  'success',
  'failure',
  'cancelled',
  'skipped',
  'neutral',
  'timed_out',
  'action_required',
  'stale',
  'startup_failure',
];

/** Until GitHub has said which one it is. */
const usualBranches: readonly string[] = ['main', 'master'];

/**
 * Labels that stay few however many workflows, branches and words there are: who comes first keeps its own. Those that
 * are given were there before.
 */
export function createRunLabels(
  settings: LabelSettings,
  given: readonly Pick<RunLabels, 'repository' | 'workflow'>[] = [],
): (run: EndedRun, defaultBranch: string | undefined) => RunLabels {
  const listed = settings.workflows.map(compileWildcard);
  const repositories = new Set<string>();
  const workflows = new Set<string>();
  for (const { repository, workflow } of given) {
    if (repository !== other) repositories.add(repository);
    if (workflow !== other) workflows.add(`${repository} ${workflow}`);
  }

  function workflowOf({ repository, workflow, workflowFile }: EndedRun): string {
    const isListed = listed.some((matches) => matches(workflow) || matches(workflowFile));
    return isListed && hasRoom(workflows, `${repository} ${workflow}`, settings.max_workflows) ? workflow : other;
  }

  return (run, defaultBranch) => {
    const isTold = hasRoom(repositories, run.repository, maxRepositories);
    return {
      repository: isTold ? run.repository : other,
      workflow: isTold ? workflowOf(run) : other,
      branch: branchClassOf(run, defaultBranch),
      conclusion: conclusions.includes(run.conclusion) ? run.conclusion : other,
    };
  };
}

export function isPullRequest({ event }: Pick<EndedRun, 'event'>): boolean {
  return event === 'pull_request' || event === 'pull_request_target';
}

function branchClassOf(run: EndedRun, defaultBranch: string | undefined): RunLabels['branch'] {
  // A fork's pull request may come from a branch of any name.
  if (isPullRequest(run)) return 'pull_request';
  if (run.event === 'merge_group') return 'merge_queue';
  if (run.branch === undefined) return 'other';
  const isDefault = defaultBranch === undefined ? usualBranches.includes(run.branch) : run.branch === defaultBranch;
  return isDefault ? 'default' : 'other';
}

function hasRoom(told: Set<string>, name: string, limit: number): boolean {
  if (told.size < limit) told.add(name);
  return told.has(name);
}

function compileWildcard(text: string): (name: string) => boolean {
  const literal = text.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return compileAnchored(literal.join('.*'));
}
