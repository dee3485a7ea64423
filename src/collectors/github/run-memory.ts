import type { EndedRun } from '../../model/ended-run.ts';
import type { WorkflowRun } from '../../model/github.ts';

/** Which attempts are known already, so that each counts once. */
export interface RunMemory {
  has(run: RunKey): boolean;
  size(): number;
  /** Whether the run is so old, or would be, that it may have been known and forgotten. */
  isForgotten(endedAt: number, deploys: boolean, now: number): boolean;
  add(run: EndedRun, deploys: boolean): void;
  /** After all that was kept is added: where that is nearly too much, what was pushed out is older than the rest. */
  restored(): void;
  /** Forgets what is too old or too much; gives what it forgot. */
  prune(now: number): readonly RunKey[];
}

export interface RunKey {
  readonly id: number;
  readonly attempt: number;
}

interface Known extends RunKey {
  readonly endedAt: number;
  readonly deploys: boolean;
}

interface Bounds {
  readonly maxRuns: number;
  /** How long a deployment is kept, and how long another run. */
  readonly deploymentMs: number;
  readonly otherMs: number;
}

export function createRunMemory({ maxRuns, deploymentMs, otherMs }: Bounds): RunMemory {
  const known = new Map<string, Known>();
  /** What ended no later than these was pushed out by too many others. */
  const pushedOut = { deployments: 0, others: 0 };

  function isForgotten(endedAt: number, deploys: boolean, now: number): boolean {
    const aged = now - (deploys ? deploymentMs : otherMs);
    return endedAt < aged || endedAt <= (deploys ? pushedOut.deployments : pushedOut.others);
  }

  /** A tenth goes at once, so that not each further run has to sort all. */
  function pushOut(): readonly Known[] {
    if (known.size <= maxRuns) return [];
    const order = (a: Known, b: Known) => Number(a.deploys) - Number(b.deploys) || a.endedAt - b.endedAt;
    const excess = [...known.values()].sort(order).slice(0, known.size - Math.floor(maxRuns * 0.9));
    for (const { deploys, endedAt } of excess) {
      const kind = deploys ? 'deployments' : 'others';
      pushedOut[kind] = Math.max(pushedOut[kind], endedAt);
    }
    return excess;
  }

  return {
    has: (run) => known.has(keyOf(run)),
    size: () => known.size,
    isForgotten,
    add: ({ id, attempt, endedAt }, deploys) =>
      void known.set(keyOf({ id, attempt }), { id, attempt, endedAt, deploys }),
    restored() {
      if (known.size < maxRuns * 0.8) return;
      const others = [...known.values()].filter(({ deploys }) => !deploys).map(({ endedAt }) => endedAt);
      pushedOut.others = others.reduce((oldest, endedAt) => Math.min(oldest, endedAt - 1), Number.POSITIVE_INFINITY);
    },
    prune(now) {
      const aged = [...known.values()].filter(({ endedAt, deploys }) => isForgotten(endedAt, deploys, now));
      for (const run of aged) known.delete(keyOf(run));
      const excess = pushOut();
      for (const run of excess) known.delete(keyOf(run));
      return [...aged, ...excess];
    },
  };
}

function keyOf({ id, attempt }: RunKey): string {
  return `${id}/${attempt}`;
}

/** Undefined while the run has not ended. */
export function endedRunOf(run: WorkflowRun): EndedRun | undefined {
  const { id, attempt, repository, workflow, workflowFile, event, branch, conclusion, endedAt } = run;
  if (run.status !== 'completed' || endedAt === undefined) return undefined;
  const beganAt = Math.min(attempt > 1 ? run.startedAt : run.createdAt, endedAt);
  const what = { repository, workflow, workflowFile, event, branch };
  return { id, attempt, ...what, conclusion: conclusion ?? '', beganAt, endedAt };
}
