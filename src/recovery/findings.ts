import type { ContainerDetails } from '../model/container.ts';
import type { GithubRunner, GithubScope } from '../model/runner.ts';
import { factsOf } from '../model/runner-facts.ts';

/** A runner as one scope lists it. */
export interface Registration {
  readonly scope: GithubScope;
  readonly runner: GithubRunner;
}

/** What GitHub says of one name at this moment, over all scopes. `asked: false` where no GitHub is configured. */
export type GithubLook =
  | { readonly asked: false }
  | {
      readonly asked: true;
      readonly registrations: readonly Registration[];
      /** Those that were asked; absent where nobody needs to know. */
      readonly scopes?: readonly GithubScope[];
    };

/** What was asked just before an action. */
export interface Findings {
  /** Undefined where the runner has none here. */
  readonly container: ContainerDetails | undefined;
  readonly github: GithubLook;
  /** The command lines in the container; undefined where Docker could not say, or there is no container. */
  readonly processes: readonly string[] | undefined;
}

/** Why a runner is left alone; undefined where it may be touched. */
export type Objection =
  | { readonly outcome: 'busy' | 'unknown' | 'recovered' | 'stopped' | 'paused'; readonly reason: string }
  | undefined;

/**
 * Those of the name that are the container's own: by the id that its health check told in this run. Where it tells none,
 * all of the name; where GitHub lists the name with other ids alone, none.
 */
export function ownRegistrations({
  container,
  github,
}: Pick<Findings, 'container' | 'github'>): readonly Registration[] {
  if (!github.asked) return [];
  const id = container && agentIdOf(container);
  return id === undefined ? github.registrations : github.registrations.filter(({ runner }) => runner.id === id);
}

/** Docker keeps what the last check of an earlier run said. */
function agentIdOf({ state, health }: ContainerDetails): number | undefined {
  return state.running ? factsOf(health?.lastOutput ?? '').numbers.get('agent_id') : undefined;
}
