import type { Labels } from '../model/labels.ts';
import { matchesAll } from '../model/matcher.ts';
import type { EscalationSettings } from './escalation-schema.ts';
import { quote } from './go-format.ts';
import type { EscalationStep, RouteNode } from './route.ts';

/** A step is a route beside the tree, which waits `after` instead of a moment. */
export type StepRoute = RouteNode & { readonly escalation: EscalationStep };

/** A chain of the configuration, with a route for each step. */
export interface Chain extends Pick<EscalationSettings, 'name' | 'matchers'> {
  readonly steps: readonly StepRoute[];
}

/** What a step has begun to tell it goes on with soon: whoever waits for a page was made to wait already. */
const groupIntervalMs = 60_000;

export function chainsOf(settings: readonly EscalationSettings[]): readonly Chain[] {
  return settings.map((chain) => ({
    ...{ name: chain.name, matchers: chain.matchers },
    steps: chain.steps.map((_, index) => routeOf(chain, index)),
  }));
}

export function chainsFor(chains: readonly Chain[], labels: Labels): readonly Chain[] {
  return chains.filter(({ matchers }) => matchesAll(labels, matchers));
}

function routeOf(chain: EscalationSettings, index: number): StepRoute {
  const { after = 0, receiver = '' } = chain.steps[index] ?? {};
  return {
    key: keyOf(chain, index),
    ...{ receiver, groupBy: chain.group_by, groupWaitMs: after, groupIntervalMs },
    repeatIntervalMs: chain.repeat_interval,
    ...{ matchers: chain.matchers, continue: true, muteTimeIntervals: [], activeTimeIntervals: [], routes: [] },
    escalation: { chain: chain.name, number: index + 1 },
  };
}

/**
 * `{}/escalation="critical"/receiver="mail"`, which no route of a tree can be called. By the receiver and not by the
 * step's number: who was told stays told when the file gets a step more or another time.
 */
function keyOf({ name, steps }: EscalationSettings, index: number): string {
  const receiver = steps[index]?.receiver ?? '';
  const before = steps.slice(0, index).filter((step) => step.receiver === receiver).length;
  return `{}/escalation=${quote(name)}/receiver=${quote(receiver)}${before === 0 ? '' : `/${before + 1}`}`;
}
