import { z } from 'zod';
import { type ActionName, actions } from './actions/index.ts';

/** What asks a person; it can only be the end of a ladder. */
export const page = 'page';
export type Step = ActionName | typeof page;

const stepNames = [...(Object.keys(actions) as ActionName[]), page] as const;

/** Steps that were thought of, and why they are not there. */
const leftOut: Readonly<Record<string, string>> = {
  drain: 'it ends with a stopped container, which nothing would start again; cordon keeps jobs away',
};

const expected = `expected one of ${stepNames.join(', ')}`;

const StepName = z
  .custom<Step>((value) => stepNames.some((name) => name === value), {
    error: ({ input }) => {
      const why = leftOut[String(input)];
      return why === undefined ? expected : `${expected}; ${String(input)} is not there: ${why}`;
    },
  })
  .meta({ type: 'string', enum: stepNames });

/** By verdict, the steps in the order in which they are tried. */
const usual = {
  unhealthy: ['restart', 'reregister', page],
  zombie: ['restart', 'reregister', page],
  unregistered: ['restart', 'reregister', page],
  // GitHub ends the old session after some minutes, and a restart in between only begins another.
  'session-conflict': ['wait', 'restart', page],
  crashed: ['start', 'reregister', page],
  'crash-looping': [page],
  outdated: [page],
  starved: ['clean-up', 'cordon', page],
  'stuck-busy': [page],
  ghost: ['remove-ghost', page],
} as const satisfies Readonly<Record<string, readonly Step[]>>;
export type HealableVerdict = keyof typeof usual;

const healable = Object.keys(usual) as HealableVerdict[];

const ghostSteps: ReadonlySet<Step> = new Set(['remove-ghost', page]);

function ladderFor(verdict: HealableVerdict) {
  return z
    .array(StepName)
    .max(stepNames.length)
    .refine((steps) => new Set(steps).size === steps.length, 'expected each step at most once')
    .refine((steps) => !steps.slice(0, -1).includes(page), `expected ${page} as the last step`)
    .refine(
      (steps) => steps.every((step) => step === page || ghostSteps.has(step) === (verdict === 'ghost')),
      'expected remove-ghost for the verdict ghost and only there: it has no container',
    )
    .default([...usual[verdict]])
    .describe(`What is tried, in this order, for a runner that is ${verdict}; empty leaves it alone.`);
}

type Shape = { readonly [V in HealableVerdict]: ReturnType<typeof ladderFor> };

/** A ladder for each verdict that is a fault of the runner. The others have none: there is nothing to heal. */
export const Ladders = z.strictObject(Object.fromEntries(healable.map((v) => [v, ladderFor(v)])) as Shape);
export type Ladders = z.output<typeof Ladders>;

/** Undefined where nothing is healed at this verdict. */
export function ladderOf(ladders: Ladders, verdict: string): readonly Step[] | undefined {
  const steps = healable.find((one) => one === verdict);
  return steps && ladders[steps].length > 0 ? ladders[steps] : undefined;
}
