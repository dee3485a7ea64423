import { addressFault, type Module } from '../collectors/modules.ts';
import { sshFaults } from '../collectors/ssh-check.ts';
import type { ProbeTarget } from '../collectors/targets.ts';
import { nearestName } from '../lib/nearest.ts';
import type { Problem } from '../lib/problem.ts';
import type { ModuleUse } from '../model/target.ts';
import type { Origins } from './origins.ts';
import type { Settings } from './schema.ts';

/** What only targets and modules together show: a module that does not exist, an address that it cannot probe. */
export function targetProblems(settings: Settings, origins: Origins): readonly Problem[] {
  const { targets, modules } = settings;
  const ofTargets = targets.flatMap((target, index) => {
    const place = ['targets', index] as const;
    const uses = target.modules.flatMap((use, at) =>
      useProblems(target, use, modules, [...place, 'modules', at], origins),
    );
    return [...uses, ...sshProblems(target, modules, [...place, 'ssh'], origins)];
  });
  return [...ofTargets, ...timeoutProblems(settings, origins)];
}

/** A probe that may take as long as the whole round would never have its turn. */
function timeoutProblems({ modules, collectors }: Settings, origins: Origins): readonly Problem[] {
  return Object.entries(modules).flatMap(([name, { prober, timeout = 0 }]) => {
    if (timeout < collectors[prober].timeout) return [];
    const message = `found ${timeout / 1000} s, expected less than the round of collectors.${prober}.timeout`;
    return [origins.problemAt(['modules', name, 'timeout'], message, 'Correct one of them')];
  });
}

function useProblems(
  target: ProbeTarget,
  use: ModuleUse,
  modules: Settings['modules'],
  path: readonly PropertyKey[],
  origins: Origins,
): readonly Problem[] {
  const module = modules[use.module];
  if (!module) return [unknownModule(use.module, Object.keys(modules), path, origins)];
  const fault = addressFault(module.prober, use.address ?? target.address);
  if (fault === undefined) return [];
  const shown = (use.address ?? target.address).replace(/(:\/\/)[^/@\s]*@/, '$1[secret]@');
  const message = `found "${shown}" for the module ${use.module}, ${fault}`;
  const mend = `Write - {module: ${use.module}, address: …}`;
  return [origins.problemAt(use.address === undefined ? path : [...path, 'address'], message, mend)];
}

function unknownModule(
  name: string,
  known: readonly string[],
  path: readonly PropertyKey[],
  origins: Origins,
): Problem {
  const nearest = nearestName(name, known);
  const mend =
    nearest === undefined ? `Add it to modules; known are ${[...known].sort().join(', ')}` : `Did you mean ${nearest}?`;
  return origins.problemAt(path, `found "${name}", expected the name of a module`, mend);
}

function sshProblems(
  target: ProbeTarget,
  modules: Settings['modules'],
  path: readonly PropertyKey[],
  origins: Origins,
): readonly Problem[] {
  const used = target.modules.map(({ module }) => modules[module]).filter((module) => module?.prober === 'ssh');
  const own = Object.keys(target.ssh).length > 0 && used.length === 0 ? [{}] : used.map(settingsOf);
  const faults = new Map(own.flatMap((keys) => sshFaults(keys, target.ssh)).map((fault) => [fault.key, fault]));
  return [...faults.values()].map(({ key, message }) =>
    origins.problemAt([...path, key], `found it alone, ${message}`, 'Correct it here, or in the module'),
  );
}

function settingsOf(module: Module | undefined) {
  return module?.prober === 'ssh' ? module.settings : {};
}
