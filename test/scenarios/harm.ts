import type { Fault } from './fault.ts';
import type { Page } from './pages.ts';
import type { AuditRecord } from './runnerwatch.ts';
import type { Hand, Touch } from './touches.ts';

/** What the judge sees of a job. Times are ms since the epoch. */
export interface JobSeen {
  readonly id: number;
  readonly runnerName: string | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly status: string;
  readonly conclusion: string | null;
}

/** Everything that was seen, by three witnesses who do not know each other: Docker, GitHub and the audit log. */
export interface Witnessed {
  readonly fault: Pick<Fault, 'expect' | 'endsJobs' | 'dockerStarts'>;
  readonly victims: readonly string[];
  readonly touches: readonly Touch[];
  readonly hands: readonly Hand[];
  readonly jobs: readonly JobSeen[];
  /** Registrations that were taken out of GitHub by its API, by their path. */
  readonly removals: readonly string[];
  readonly audit: readonly AuditRecord[];
  readonly pages: readonly Page[];
  readonly budget: { readonly attempts: number; readonly total: number };
}

/** A step that Runnerwatch says it began, in the words of its audit log. */
export interface Act {
  readonly at: number;
  readonly runner: string;
  readonly action: string;
  readonly verdict: string;
}

/** Touches nothing. */
const harmless = new Set(['wait', 'page']);

export function actsIn(audit: readonly AuditRecord[]): readonly Act[] {
  return audit.flatMap(({ event, labels = {}, '@timestamp': at }) =>
    event.action === 'recovery-decided' && labels.decision === 'started'
      ? [{ at: Date.parse(at), ...pick(labels) }]
      : [],
  );
}

function pick({ runner = '', recovery: action = '', verdict = '' }: Readonly<Record<string, string>>) {
  return { runner, action, verdict };
}

/** One sentence for each harm that was done; none where all is right. Pure. */
export function harmIn(witnessed: Witnessed): readonly string[] {
  return [
    ...jobsEnded(witnessed),
    ...touchedAtWork(witnessed),
    ...unexpectedTouches(witnessed),
    ...unexpectedActs(witnessed),
    ...beyondBudget(witnessed),
    ...repeated(witnessed),
    ...blamed(witnessed),
  ];
}

const deadly = new Set(['restart', 'stop', 'kill', 'pause', 'destroy']);

/** Docker's word on what nobody here did: so it was Runnerwatch, whatever its audit log says. */
function byOthers({ touches, hands }: Witnessed): readonly Touch[] {
  return touches.filter(
    ({ at, runner }) => runner !== undefined && !hands.some(({ from, to }) => at >= from && at <= to),
  );
}

function jobsEnded({ jobs, fault }: Witnessed): readonly string[] {
  if (fault.endsJobs) return [];
  const bad = jobs.filter(({ status, conclusion }) => status === 'completed' && conclusion !== 'success');
  return bad.map(({ id, runnerName, conclusion }) => `job ${id} on ${runnerName} ended with ${conclusion}`);
}

function touchedAtWork(witnessed: Witnessed): readonly string[] {
  return byOthers(witnessed).flatMap(({ at, action, runner }) => {
    if (!deadly.has(action)) return [];
    const job = witnessed.jobs.find(
      ({ runnerName, startedAt, completedAt }) =>
        runnerName === runner &&
        startedAt !== null &&
        startedAt <= at &&
        (completedAt ?? Number.POSITIVE_INFINITY) > at,
    );
    return job ? [`${runner} got a ${action} while it worked on job ${job.id}`] : [];
  });
}

/** Only what the audit log tells of may have touched a container, and of removals there may be no others either. */
function unexpectedTouches(witnessed: Witnessed): readonly string[] {
  const acts = actsIn(witnessed.audit).filter(({ action }) => !harmless.has(action));
  const touched = byOthers(witnessed).filter(
    ({ action }) => action === 'restart' || action === 'stop' || action === 'destroy' || action === 'pause',
  );
  const untold = touched.filter(({ at, runner }) => !acts.some((act) => act.runner === runner && act.at - 2000 <= at));
  const removes = acts.filter(({ action }) => action === 'reregister' || action === 'remove-ghost').length;
  const mayStart = witnessed.fault.dockerStarts || acts.length > 0;
  const started = mayStart ? [] : byOthers(witnessed).filter(({ action }) => action === 'start');
  return [
    ...untold.map(({ action, runner }) => `${runner} got a ${action} that the audit log does not tell of`),
    ...started.map(({ runner }) => `${runner} was started though nobody asked`),
    ...(witnessed.removals.length > removes ? [`GitHub was asked to take out ${witnessed.removals.join(', ')}`] : []),
  ];
}

/** Against a cause elsewhere or what somebody wants there are no steps; else only those that are right, on the victim. */
function unexpectedActs({ audit, fault, victims }: Witnessed): readonly string[] {
  const { actions = [], mayAlso = [] } = fault.expect;
  const expected = [...actions, ...mayAlso];
  return actsIn(audit)
    .filter(({ runner, action }) => !victims.includes(runner) || !expected.includes(action))
    .map(({ runner, action, verdict }) => `${action} on ${runner}, which was ${verdict}`);
}

function beyondBudget({ audit, budget }: Witnessed): readonly string[] {
  const acts = actsIn(audit).filter(({ action }) => !harmless.has(action));
  const counts = Map.groupBy(acts, ({ runner }) => runner);
  const over = [...counts].filter(([, own]) => own.length > budget.attempts);
  return [
    ...over.map(([runner, own]) => `${own.length} steps on ${runner}, and the budget allows ${budget.attempts}`),
    ...(acts.length > budget.total ? [`${acts.length} steps on all, and the budget allows ${budget.total}`] : []),
  ];
}

/** The same step twice on one ladder, as when a restart of Runnerwatch forgot the first. */
function repeated({ audit }: Witnessed): readonly string[] {
  const tried = new Map<string, Set<string>>();
  const found: string[] = [];
  for (const record of audit) {
    const { runner = '', recovery = '', verdict = '', decision } = record.labels ?? {};
    if (endsLadder(record)) tried.delete(runner);
    if (record.event.action !== 'recovery-decided' || decision !== 'started') continue;
    const steps = tried.get(runner) ?? new Set();
    tried.set(runner, steps);
    const step = `${recovery} at ${verdict}`;
    if (steps.has(step)) found.push(`${step} on ${runner} was done twice`);
    steps.add(step);
  }
  return found;
}

function endsLadder({ event, labels = {} }: AuditRecord): boolean {
  if (event.action === 'recovery-ended') return event.outcome === 'success';
  if (event.action === 'verdict-changed') return labels.verdict === 'healthy' || labels.verdict === 'busy';
  return event.action === 'recovery-decided' && labels.decision === 'paged';
}

const blaming = new Set([
  'RunnerNeedsPerson',
  'RunnerRecoveryFailing',
  'RunnerContainerUnhealthy',
  'RunnerContainerCrashed',
  'RunnerCrashed',
  'RunnerOffline',
  'RunnerUnregistered',
  'RunnerSessionConflict',
]);

/** People who are told that a runner is ill look in the wrong place. */
function blamed({ fault, pages }: Witnessed): readonly string[] {
  if (!fault.expect.elsewhere) return [];
  return pages
    .filter(({ alert }) => blaming.has(alert))
    .map(({ alert, labels }) => `${alert} was told of ${labels.runner ?? 'all'}, which is not the cause`);
}
