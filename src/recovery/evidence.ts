import type { Labels } from '../model/labels.ts';
import type { RunnerEvidence, RunnerStatus } from '../model/runner.ts';
import type { Sample } from '../model/sample.ts';

/** Joins what the samples say of each runner, by its name, in the order of the names. */
export function evidenceFrom(samples: readonly Sample[]): readonly RunnerEvidence[] {
  const facts = new Map<string, Facts>();
  for (const { metric, labels, value } of samples) {
    const read = readers[metric.name];
    if (!read || labels.runner === undefined) continue;
    const known = facts.get(labels.runner) ?? new Map();
    read(known, labels, value);
    facts.set(labels.runner, known);
  }
  return [...facts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([runner, known]) => toEvidence(runner, known));
}

type Facts = Map<keyof RunnerEvidence, string | number>;

/** One reader per family; a state set (0/1 per state) gives the state that is 1. */
const readers: Readonly<Record<string, (facts: Facts, labels: Labels, value: number) => void>> = {
  runnerwatch_runner_container_info: (facts, { name = '' }) => facts.set('container', name),
  runnerwatch_runner_container_state: (facts, { state = '' }, value) =>
    value === 1 && facts.set('containerState', state),
  runnerwatch_runner_container_health: (facts, { health = '' }, value) =>
    value === 1 && facts.set('containerHealth', health),
  runnerwatch_runner_container_exit_code: (facts, _, value) => facts.set('exitCode', value),
  runnerwatch_runner_fact: (facts, { fact }, value) =>
    (fact === 'listener' || fact === 'worker') && facts.set(fact, value),
  github_runner_online: (facts, _, value) => facts.set('github', value === 1 ? 'online' : 'offline'),
  github_runner_busy: (facts, _, value) => facts.set('busy', value),
  // Named without a status: GitHub lists it, and does not say how it is.
  github_runner_info: (facts) => facts.has('github') || facts.set('github', 'unknown'),
};

function toEvidence(runner: string, facts: Facts): RunnerEvidence {
  const flag = (key: keyof RunnerEvidence): boolean | undefined => (facts.has(key) ? facts.get(key) === 1 : undefined);
  return {
    runner,
    container: facts.get('container') as string | undefined,
    containerState: facts.get('containerState') as string | undefined,
    containerHealth: facts.get('containerHealth') as string | undefined,
    exitCode: facts.get('exitCode') as number | undefined,
    listener: flag('listener'),
    worker: flag('worker'),
    github: facts.get('github') as RunnerStatus | undefined,
    busy: flag('busy'),
  };
}
