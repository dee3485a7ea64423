import { z } from 'zod';
import { type CommandIo, type ExitCode, printable } from './command.ts';
import { askApi } from './instance.ts';
import type { AskOptions } from './runners.ts';

const Fact = z.object({
  name: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]),
  source: z.string(),
  at: z.string().optional(),
  isOld: z.boolean().default(false),
});

const Step = z.object({
  step: z.string(),
  at: z.string().optional(),
  outcome: z.string().optional(),
  reason: z.string().optional(),
});

const Why = z.object({
  runner: z.string(),
  judged: z
    .object({
      verdict: z.string(),
      because: z.string(),
      since: z.string().optional(),
      facts: z.array(Fact).default([]),
    })
    .optional(),
  acting: z.boolean(),
  dryRun: z.boolean(),
  holds: z.array(z.object({ at: z.string(), until: z.string().optional(), by: z.string(), reason: z.string() })),
  steps: z.array(Step).optional(),
  ladder: z
    .object({
      failures: z.number(),
      page: z.object({ at: z.string(), verdict: z.string() }).optional(),
      quarantinedAt: z.string().optional(),
    })
    .optional(),
  budget: z.object({
    left: z.number(),
    of: z.number(),
    totalLeft: z.number(),
    totalOf: z.number(),
    windowSeconds: z.number(),
  }),
  next: z.object({ step: z.string().optional(), reason: z.string(), at: z.string().optional() }),
  decisions: z.array(
    z.object({
      verdict: z.string(),
      action: z.string(),
      outcome: z.string(),
      reason: z.string(),
      firstAt: z.string(),
      lastAt: z.string(),
      count: z.number(),
    }),
  ),
});
type Why = z.output<typeof Why>;

/** Tells why a runner is healed or not. Rejects where nobody knows it. */
export async function explainRunner(io: CommandIo, name: string, { url, json }: AskOptions): Promise<ExitCode> {
  const path = `/api/v1/runners/why?${new URLSearchParams({ runner: name })}`;
  const why = await askApi(io, { url, path, schema: Why });
  if (json) io.out(JSON.stringify(why, null, 2));
  else for (const line of textOf(why)) io.out(printable(line));
  return 0;
}

/** Of the newest decisions, as many as fit a screen. */
const shownDecisions = 20;

function textOf(why: Why): readonly string[] {
  const { runner, judged, budget, next, decisions } = why;
  const since = judged?.since === undefined ? '' : ` since ${judged.since}`;
  return [
    judged ? `${runner}: ${judged.verdict}${since}, ${judged.because}` : `${runner}: nothing is known of it now`,
    ...(judged?.facts ?? []).map(factLine),
    ...standing(why),
    line(
      'budget',
      `${budget.left} of ${budget.of} left, of all runners' ${budget.totalLeft} of ${budget.totalOf}, in ${budget.windowSeconds} s`,
    ),
    ...(why.steps ?? []).map((step) => line('step', stepText(step))),
    line('next', `${next.step ?? 'nothing'}: ${next.reason}${next.at === undefined ? '' : `, not before ${next.at}`}`),
    ...(decisions.length === 0 ? [] : ['  decisions']),
    ...decisions.slice(0, shownDecisions).map(decisionLine),
  ];
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(11)} ${text}`;
}

function factLine({ name, value, source, at, isOld }: z.output<typeof Fact>): string {
  const told = at === undefined ? '' : `, told ${at}`;
  return line('evidence', `${name}=${value} (${source}${told}${isOld ? ', too old to count' : ''})`);
}

/** What stands in the way, or waits for a person. */
function standing({ acting, dryRun, holds, ladder }: Why): readonly string[] {
  return [
    ...(acting ? [line('now', 'a step is under way')] : []),
    ...(dryRun ? [line('dry run', 'nothing is touched')] : []),
    ...holds.map(({ by, reason, until }) =>
      line('paused', `by ${by} until ${until ?? 'it is released'}${reason === '' ? '' : `: ${reason}`}`),
    ),
    ...(ladder?.page ? [line('page', `a person was asked at ${ladder.page.at}, for ${ladder.page.verdict}`)] : []),
    ...(ladder?.quarantinedAt === undefined
      ? []
      : [line('quarantine', `since ${ladder.quarantinedAt}, after ${ladder.failures} ladders`)]),
  ];
}

function stepText({ step, at, outcome, reason }: z.output<typeof Step>): string {
  if (outcome === undefined) return `${step}: not tried`;
  return `${step}: ${outcome} (${at ?? ''})${reason ? `, ${reason}` : ''}`;
}

function decisionLine({ verdict, action, outcome, reason, firstAt, lastAt, count }: Why['decisions'][number]): string {
  const when = count === 1 ? lastAt : `${firstAt} to ${lastAt}, ${count} times`;
  return `    ${when}: ${verdict}, ${action}: ${outcome}, ${reason}`;
}
