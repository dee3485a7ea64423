import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../support/wait.ts';
import type { Fault } from './fault.ts';
import { type Act, actsIn, harmIn } from './harm.ts';
import type { Machine } from './machine.ts';
import type { Mode } from './settings.ts';
import { other, type Runner, startWorld, victim, type World } from './world.ts';

/** What came of a fault. Times are ms since it was injected. */
export interface Report {
  readonly fault: Fault;
  readonly verdict: string | undefined;
  readonly detectMs: number | undefined;
  readonly acts: readonly Act[];
  /** Until the victim was well, or people were told, or what somebody wanted was held for a while. */
  readonly endMs: number | undefined;
  readonly pages: readonly string[];
  readonly harm: readonly string[];
  /** What was expected and did not come; empty where all is right. */
  readonly missing: readonly string[];
}

const patienceMs = 120_000;
/** As often as Alertmanager would ask again a few times: what is wrong to do would be done by then. */
const settleMs = 6000;
/** Longer than any scenario: who works must be left to work. */
const jobSeconds = 3600;
const budget = { attempts: 3, total: 6 };

/** Never rejects: what went wrong is in the report. */
export async function runFault(fault: Fault, machine: Machine, mode: Mode): Promise<Report> {
  try {
    return await runIn(fault, machine, mode);
  } catch (error) {
    return { ...nothingSeen, fault, missing: [messageOf(error)] };
  } finally {
    await machine.empty();
  }
}

const nothingSeen = { verdict: undefined, detectMs: undefined, acts: [], endMs: undefined, pages: [], harm: [] };

async function runIn(fault: Fault, machine: Machine, mode: Mode): Promise<Report> {
  await using world = await startWorld(machine, mode, fault.world);
  await world.untilWell();
  await putToWork(world, fault);
  const from = Date.now();
  const missing: string[] = [];
  const step = async (work: () => Promise<unknown>): Promise<void> => {
    if (missing.length === 0) await work().catch((error: unknown) => void missing.push(messageOf(error)));
  };
  await step(() => fault.inject(world));
  await step(() => untilSeen(world, fault, from));
  await step(() => untilEnded(world, fault));
  const endMs = missing.length === 0 ? Date.now() - from : undefined;
  await delay(fault.expect.holdsMs ?? settleMs);
  const report = { ...reportOf(world, fault, from), endMs };
  if (fault.repair) {
    await step(async () => fault.repair?.(world));
    await step(() => world.untilWell());
  }
  const harm = harmSeen(world, fault);
  // Before the world ends: ending it stops what was hung.
  await machine.revive();
  return { ...report, harm, missing: [...missing, ...unexpected(world, fault, from)] };
}

async function putToWork({ github, verdicts }: World, { working = ['other'] }: Fault): Promise<void> {
  const names = { victim, other };
  for (const who of working) {
    const runner = names[who];
    const { id } = github.queueJob({ runner, seconds: jobSeconds });
    await github.waitFor(({ jobs }) => jobs.some((job) => job.id === id && job.status === 'in_progress'), patienceMs);
    await waitUntil(() => verdicts.now(runner) === 'busy', { timeoutMs: patienceMs, what: () => `${runner} busy` });
  }
}

function expectedVerdicts({ expect: { verdict } }: Fault): readonly string[] {
  return typeof verdict === 'string' ? [verdict] : (verdict ?? []);
}

/** A step names its verdict too: one that is taken at once is over before the next look at the verdicts. */
function firstSeen({ verdicts, audit }: World, fault: Fault, from: number) {
  const wanted = expectedVerdicts(fault);
  const [first] = [...verdicts.all(), ...actsIn(audit())]
    .filter(({ at, runner, verdict }) => at >= from && runner === victim && wanted.includes(verdict))
    .sort((one, another) => one.at - another.at);
  return first;
}

async function untilSeen(world: World, fault: Fault, from: number): Promise<void> {
  if (fault.expect.verdict === undefined) return;
  await waitUntil(() => firstSeen(world, fault, from) !== undefined, {
    timeoutMs: fault.expect.withinMs ?? patienceMs,
    what: () => `${victim} ${expectedVerdicts(fault).join(' or ')}, but ${historyOf(world, victim)}`,
  });
}

async function untilEnded(world: World, { expect }: Fault): Promise<void> {
  const { ends, pages = [], victims = [victim], actions = [], withinMs: timeoutMs = patienceMs } = expect;
  const untold = () => pages.filter((page) => !world.pages.has(page)).map(({ alert }) => alert);
  const isHealed = expect.isHealed ?? (() => victims.every(world.isWell));
  const mustBeWell = ends === 'healed' || ends === 'itself';
  const isOver = () =>
    untold().length === 0 && (!mustBeWell || (isHealed(world) && actsIn(world.audit()).length >= actions.length));
  const what = () =>
    [
      `${victim} to be ${ends}, but ${historyOf(world, victim)}`,
      `told: ${
        world.pages
          .firing()
          .map(({ alert }) => alert)
          .join(', ') || 'nothing'
      }, not told: ${untold().join(', ')}`,
      `tried: ${
        actsIn(world.audit())
          .map(({ action, runner }) => `${action} on ${runner}`)
          .join(', ') || 'nothing'
      }`,
    ].join('; ');
  await waitUntil(isOver, { timeoutMs, what });
}

function historyOf({ verdicts }: World, wanted: Runner): string {
  const own = verdicts.all().filter(({ runner }) => runner === wanted);
  return own.map(({ verdict, because }) => `${verdict} (${because})`).join(', ');
}

function unexpected(world: World, { expect: { actions = [], never = [] } }: Fault, from: number): readonly string[] {
  const done = actsIn(world.audit()).map(({ action }) => action);
  const seen = world.verdicts.all().filter(({ at, runner }) => at >= from && runner === victim);
  return [
    ...actions.filter((action) => !done.includes(action)).map((action) => `no ${action} was tried`),
    ...seen.filter(({ verdict }) => never.includes(verdict)).map(({ verdict, because }) => `${verdict}: ${because}`),
  ];
}

function reportOf(world: World, fault: Fault, from: number): Omit<Report, 'endMs' | 'missing' | 'harm'> {
  const seen = firstSeen(world, fault, from);
  return {
    fault,
    verdict: seen?.verdict,
    detectMs: seen && seen.at - from,
    acts: actsIn(world.audit()),
    pages: [...new Set(world.pages.firing().map(({ alert }) => alert))],
  };
}

function harmSeen(world: World, fault: Fault): readonly string[] {
  const removals = world.github
    .requests()
    .filter(({ method, path, status }) => method === 'DELETE' && path.includes('/actions/runners/') && status === 204)
    .map(({ path }) => path);
  return harmIn({
    ...{ fault, victims: fault.expect.victims ?? [victim], budget, removals },
    ...{ audit: world.audit(), pages: world.pages.firing(), touches: world.touches.all() },
    ...{ hands: world.hands, jobs: world.github.jobs() },
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
