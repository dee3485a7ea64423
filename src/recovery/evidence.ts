import type { Labels } from '../model/labels.ts';
import type { RunnerEvidence } from '../model/runner.ts';
import type { Sample } from '../model/sample.ts';
import { type GithubFacts, githubEvidence, githubReaders, unreadScopes } from './github-evidence.ts';

/** Joins what the samples say of each runner, by its name, in the order of the names. */
export function evidenceFrom(samples: readonly Sample[]): readonly RunnerEvidence[] {
  const found = new Map<string, Facts>();
  for (const { metric, labels, value } of samples) {
    const read = readers[metric.name];
    const readGithub = githubReaders[metric.name];
    if ((!read && !readGithub) || labels.runner === undefined) continue;
    const facts = found.get(labels.runner) ?? { own: new Map(), github: new Map() };
    found.set(labels.runner, facts);
    read?.(facts.own, labels, value);
    readGithub?.(facts.github, labels.scope ?? '', value);
  }
  const unread = unreadScopes(samples);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([runner, facts]) => toEvidence(runner, facts, unread));
}

type OwnFacts = Map<keyof RunnerEvidence, string | number>;

interface Facts {
  readonly own: OwnFacts;
  readonly github: GithubFacts;
}

/** One reader per family; a state set (0/1 per state) gives the state that is 1. */
const readers: Readonly<Record<string, (facts: OwnFacts, labels: Labels, value: number) => void>> = {
  runnerwatch_runner_container_info: (facts, { name = '' }) => facts.set('container', name),
  runnerwatch_runner_container_state: (facts, { state = '' }, value) =>
    value === 1 && facts.set('containerState', state),
  runnerwatch_runner_container_health: (facts, { health = '' }, value) =>
    value === 1 && facts.set('containerHealth', health),
  runnerwatch_runner_container_exit_code: (facts, _, value) => facts.set('exitCode', value),
  runnerwatch_runner_fact: (facts, { fact }, value) =>
    (fact === 'listener' || fact === 'worker') && facts.set(fact, value),
};

function toEvidence(runner: string, { own: facts, github }: Facts, unread: readonly string[]): RunnerEvidence {
  const flag = (key: keyof RunnerEvidence): boolean | undefined => (facts.has(key) ? facts.get(key) === 1 : undefined);
  return {
    runner,
    container: facts.get('container') as string | undefined,
    containerState: facts.get('containerState') as string | undefined,
    containerHealth: facts.get('containerHealth') as string | undefined,
    exitCode: facts.get('exitCode') as number | undefined,
    listener: flag('listener'),
    worker: flag('worker'),
    ...githubEvidence(github, unread),
  };
}
