import { gauge, type Sample, sample } from '../model/sample.ts';
import type { Target } from '../model/target.ts';

type Depending = Pick<Target, 'name' | 'dependsOn'>;

export const unreachableMetric = gauge(
  'runnerwatch_target_unreachable_because',
  'Always 1: the target does not answer, and neither does one that it depends on; because is the first cause.',
  ['target', 'because'],
);

/**
 * The names along a circle of dependencies, the first one also last; undefined where there is none. Takes away what
 * depends on nothing that is left (Kahn's algorithm): who then remains leads into a circle.
 */
export function circleOf(targets: readonly Depending[]): readonly string[] | undefined {
  const left = new Map(targets.map(({ name, dependsOn }) => [name, new Set(dependsOn)]));
  const dependants = new Map<string, string[]>();
  for (const { name, dependsOn } of targets) {
    for (const other of dependsOn)
      dependants
        .set(other, dependants.get(other) ?? [])
        .get(other)
        ?.push(name);
  }
  const free = [...dependants.keys(), ...left.keys()].filter((name) => !left.get(name)?.size);
  for (const name of new Set(free)) settle(name);
  return left.size === 0 ? undefined : walk(left);

  function settle(first: string): void {
    const settled = [first];
    for (let name = settled.pop(); name !== undefined; name = settled.pop()) {
      left.delete(name);
      for (const dependant of dependants.get(name) ?? []) {
        const waits = left.get(dependant);
        if (waits?.delete(name) && waits.size === 0) settled.push(dependant);
      }
    }
  }
}

function walk(left: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const path: string[] = [];
  let [name] = left.keys();
  while (name !== undefined && !path.includes(name)) {
    path.push(name);
    [name] = left.get(name) ?? [];
  }
  return name === undefined ? path : [...path.slice(path.indexOf(name)), name];
}

/**
 * Which targets do not answer because one that they depend on, directly or through others, does not. A target is down
 * where each of its probes failed; one without results is neither up nor down, and is looked through.
 */
export function unreachableSamples(targets: readonly Depending[], samples: readonly Sample[]): readonly Sample[] {
  if (targets.every(({ dependsOn }) => dependsOn.length === 0)) return [];
  const up = answersOf(samples);
  const dependencies = new Map(targets.map(({ name, dependsOn }) => [name, dependsOn]));
  const causes = new Map<string, string | undefined>();

  /** The first cause among what a target depends on; undefined where nothing there is down. */
  function causeOf(name: string): string | undefined {
    if (causes.has(name)) return causes.get(name);
    // Before the answer: the configuration has no circles, and if it had one, this would end all the same.
    causes.set(name, undefined);
    for (const other of dependencies.get(name) ?? []) {
      if (up.get(other) === true) continue;
      const cause = causeOf(other) ?? (up.has(other) ? other : undefined);
      if (cause === undefined) continue;
      causes.set(name, cause);
      return cause;
    }
    return undefined;
  }

  return targets.flatMap(({ name }) => {
    const because = up.get(name) === false ? causeOf(name) : undefined;
    return because === undefined ? [] : [sample(unreachableMetric, { target: name, because }, 1)];
  });
}

function answersOf(samples: readonly Sample[]): ReadonlyMap<string, boolean> {
  const up = new Map<string, boolean>();
  for (const { metric, labels, value } of samples) {
    if (metric.name !== 'probe_success' || labels.target === undefined) continue;
    up.set(labels.target, up.get(labels.target) === true || value === 1);
  }
  return up;
}
