import { counter, gauge, type Sample, sample } from '../../model/sample.ts';
import { integerOf } from './attributes.ts';
import type { HostTree, HostView } from './part.ts';

const coreThrottles = counter('node_cpu_core_throttles_total', 'Times that a core was slowed down for its heat.', [
  'package',
  'core',
]);
const packageThrottles = counter(
  'node_cpu_package_throttles_total',
  'Times that a package was slowed down for its heat.',
  ['package'],
);
const isolated = gauge('node_cpu_isolated', 'A processor that is kept out of scheduling; always 1.', ['cpu']);

export const topologyMetrics = { coreThrottles, packageThrottles, isolated } as const;

const folder = 'devices/system/cpu';

/** What sysfs says of the processors beyond their time. */
export function topologyOf({ sys }: HostView): readonly Sample[] {
  return [
    ...rangesOf(sys.attributes(folder, ['isolated']).get('isolated') ?? '').map((cpu) => sample(isolated, { cpu }, 1)),
    ...throttlesOf(sys, cpuNumbers(sys)),
  ];
}

/** The numbers of the processors that sysfs has; none where it has none. */
export function cpuNumbers(sys: HostTree): readonly string[] {
  try {
    return sys.list(folder).flatMap((name) => /^cpu(\d+)$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}

const maxCpus = 8_192;

/** `0-2,5` as 0, 1, 2, 5. */
export function rangesOf(text: string): readonly string[] {
  return text.split(',').flatMap((range) => {
    const [, first, last] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(range.trim()) ?? [];
    const from = Number(first);
    const to = Number(last ?? first);
    if (first === undefined || to < from || to >= maxCpus) return [];
    return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
  });
}

/** The threads of a core share its count, and the cores of a package theirs: each is said once. */
function throttlesOf(sys: HostTree, cpus: readonly string[]): readonly Sample[] {
  const samples = new Map<string, Sample>();
  for (const cpu of cpus) {
    const throttle = sys.attributes(`${folder}/cpu${cpu}/thermal_throttle`, [
      'core_throttle_count',
      'package_throttle_count',
    ]);
    if (throttle.size === 0) continue;
    const topology = sys.attributes(`${folder}/cpu${cpu}/topology`, ['physical_package_id', 'core_id']);
    const of = integerOf(topology.get('physical_package_id'));
    const core = integerOf(topology.get('core_id'));
    if (of === undefined || core === undefined) continue;
    const inCore = integerOf(throttle.get('core_throttle_count'));
    const inPackage = integerOf(throttle.get('package_throttle_count'));
    const at = { package: String(of) };
    const coreKey = `${of}/${core}`;
    if (inCore !== undefined && !samples.has(coreKey)) {
      samples.set(coreKey, sample(coreThrottles, { ...at, core: String(core) }, inCore));
    }
    if (inPackage !== undefined && !samples.has(`${of}`)) samples.set(`${of}`, sample(packageThrottles, at, inPackage));
  }
  return [...samples.values()];
}
