import type { KnownRunner } from '../../model/runner.ts';
import { type Sample, sample } from '../../model/sample.ts';
import type { RunnerCatalog } from './runner-catalog.ts';
import type { RunnerMemory } from './runner-memory.ts';
import { runnerMetrics as metrics } from './runner-metrics.ts';
import { byWorth } from './runner-order.ts';
import { isOutdated, updateDeadline } from './runner-versions.ts';

interface Known {
  readonly memory: RunnerMemory;
  readonly catalog: RunnerCatalog;
  /** Those that have a container here. */
  readonly hosted: ReadonlySet<string>;
}

const dayMs = 86_400_000;
const statuses = ['online', 'offline', 'unknown'] as const;

/** All that is known of the scopes, with its age: of a scope that was not read, no runner is online, offline or busy. */
export function picture(scopes: readonly string[], maxRunners: number, known: Known): readonly Sample[] {
  const shown = scopes.map((scope) => ({ scope, ...shownOf(known.memory.known(scope), maxRunners, known.hosted) }));
  const names = new Set(shown.flatMap(({ runners }) => runners.map(({ runner }) => runner.name)));
  return [
    ...shown.flatMap(({ scope, runners, omitted, twins }) => [
      ...scopeSamples(scope, known, omitted),
      ...runners.flatMap((runner) => runnerSamples(runner, known)),
      ...runners.flatMap((runner) => (twins.has(runner.runner.name) ? [] : idSamples(runner))),
    ]),
    ...registrationSamples(scopes, names, known.memory),
  ];
}

interface Shown {
  readonly runners: readonly KnownRunner[];
  /** The names that more than one of the scope has: which of their ids is meant, nobody can say. */
  readonly twins: ReadonlySet<string>;
  readonly omitted: number;
}

/** GitHub keeps names apart within a scope; were it not so, two series would be one. The one online is meant. */
function shownOf(known: readonly KnownRunner[], maxRunners: number, hosted: ReadonlySet<string>): Shown {
  const byName = new Map<string, KnownRunner>();
  const twins = new Set<string>();
  for (const one of known) {
    const twin = byName.get(one.runner.name);
    if (twin) twins.add(one.runner.name);
    if (!twin || byWorth(one.runner, twin.runner) < 0) byName.set(one.runner.name, one);
  }
  const runners = [...byName.values()];
  if (runners.length <= maxRunners) return { runners, twins, omitted: 0 };
  const away = ({ runner }: KnownRunner): number => Number(!hosted.has(runner.name));
  const worth = runners.sort((a, b) => away(a) - away(b) || byWorth(a.runner, b.runner));
  return { runners: worth.slice(0, maxRunners), twins, omitted: worth.length - maxRunners };
}

function scopeSamples(scope: string, { memory, catalog }: Known, omitted: number): readonly Sample[] {
  const readAt = memory.readAt(scope);
  const isCurrent = memory.isCurrent(scope);
  const version = catalog.expectedVersion(scope);
  return [
    sample(metrics.scopeSuccess, { scope }, Number(isCurrent)),
    ...(readAt === undefined
      ? []
      : [
          sample(metrics.scopeLastSuccess, { scope }, readAt / 1000),
          sample(metrics.omitted, { scope }, omitted),
          ...countSamples(scope, memory.known(scope), isCurrent),
        ]),
    ...(version === undefined ? [] : [sample(metrics.expectedVersion, { scope, version }, 1)]),
  ];
}

/** That none is online is only said where GitHub says so. */
function countSamples(scope: string, known: readonly KnownRunner[], isCurrent: boolean): readonly Sample[] {
  if (!isCurrent) return [sample(metrics.runners, { scope, status: 'unknown' }, known.length)];
  return statuses.map((status) =>
    sample(metrics.runners, { scope, status }, known.filter(({ runner }) => runner.status === status).length),
  );
}

function runnerSamples(known: KnownRunner, { memory, catalog }: Known): readonly Sample[] {
  const { scope, said, offlineSince } = known;
  const { name: runner, os, status, busy, labels, version = '', ephemeral, groupId } = known.runner;
  const identity = { runner, scope };
  const group = groupId === undefined ? '' : catalog.groupName(scope, groupId);
  const described = { os, version, labels: [...labels].sort().join(','), ephemeral: String(ephemeral), group };
  const isCurrent = memory.isCurrent(scope);
  return [
    sample(metrics.info, { ...identity, ...described }, 1),
    ...(isCurrent ? [sample(metrics.busy, identity, Number(busy))] : []),
    ...(isCurrent && status !== 'unknown' ? [sample(metrics.online, identity, Number(status === 'online'))] : []),
    ...(said === undefined ? [] : [sample(metrics.statusTime, identity, said.at / 1000)]),
    ...(offlineSince === undefined
      ? []
      : [
          sample(metrics.offlineSince, identity, offlineSince / 1000),
          sample(metrics.removal, identity, (offlineSince + (ephemeral ? 1 : 14) * dayMs) / 1000),
        ]),
    ...versionSamples(known, catalog),
  ];
}

function idSamples({ scope, runner: { id, name } }: KnownRunner): readonly Sample[] {
  return [sample(metrics.id, { runner: name, scope }, id)];
}

function versionSamples({ scope, runner: { name, version } }: KnownRunner, catalog: RunnerCatalog): readonly Sample[] {
  const expected = catalog.expectedVersion(scope);
  const outdated = isOutdated(version, expected);
  if (outdated === undefined) return [];
  const identity = { runner: name, scope };
  const deadline = updateDeadline(version, expected, catalog.releases());
  return [
    sample(metrics.outdated, identity, Number(outdated)),
    ...(deadline === undefined ? [] : [sample(metrics.updateDeadline, identity, deadline / 1000)]),
  ];
}

/** Of the names that have series: those that are left out must not come in here. */
function registrationSamples(
  scopes: readonly string[],
  names: ReadonlySet<string>,
  memory: RunnerMemory,
): readonly Sample[] {
  const counts = new Map<string, number>();
  for (const { runner } of scopes.flatMap((scope) => memory.known(scope))) {
    if (names.has(runner.name)) counts.set(runner.name, (counts.get(runner.name) ?? 0) + 1);
  }
  return [...counts].map(([runner, count]) => sample(metrics.registrations, { runner }, count));
}
