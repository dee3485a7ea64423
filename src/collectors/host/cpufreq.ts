import { mapBounded } from '../../lib/loop.ts';
import { gauge, type Sample, sample } from '../../model/sample.ts';
import { type Attribute, readAttributes, samplesOfAttributes } from './attributes.ts';
import { cpuNumbers } from './cpu-topology.ts';
import { byName, type HostPart, type HostTree } from './part.ts';

function kilohertz(file: string, name: string, help: string): Attribute<'cpu'> {
  return { file, metric: gauge(`node_cpu_${name}_hertz`, help, ['cpu']), scale: 1000 };
}

const frequencies = [
  kilohertz('cpuinfo_cur_freq', 'frequency', 'Frequency of a processor, as the hardware says.'),
  kilohertz('cpuinfo_min_freq', 'frequency_min', 'Lowest frequency that a processor can have.'),
  kilohertz('cpuinfo_max_freq', 'frequency_max', 'Highest frequency that a processor can have.'),
  kilohertz('scaling_cur_freq', 'scaling_frequency', 'Frequency of a processor, as the kernel set it.'),
  kilohertz('scaling_min_freq', 'scaling_frequency_min', 'Lowest frequency that the kernel may set.'),
  kilohertz('scaling_max_freq', 'scaling_frequency_max', 'Highest frequency that the kernel may set.'),
];
const governor = gauge('node_cpu_scaling_governor', 'Whether a governor sets the frequency (1) or could (0).', [
  'cpu',
  'governor',
]);

/** What the kernel keeps in memory. */
const kept = [
  ...frequencies.map(({ file }) => file).filter((file) => !file.endsWith('_cur_freq')),
  'scaling_governor',
  'scaling_available_governors',
];
/** As many processors at a time; a machine may have hundreds. */
const concurrency = 4;

export const cpufreq: HostPart = {
  name: 'cpufreq',
  metrics: byName([...frequencies.map(({ metric }) => metric), governor]),
  async collect({ sys }) {
    return (await mapBounded(cpuNumbers(sys), concurrency, (cpu) => samplesOf(sys, cpu))).flat();
  },
};

async function samplesOf(sys: HostTree, cpu: string): Promise<readonly Sample[]> {
  const folder = `devices/system/cpu/cpu${cpu}/cpufreq`;
  const attributes = sys.attributes(folder, kept);
  if (attributes.size === 0) return [];
  // For the frequency of now, kernels 4.13 to 5.17 let the reader sleep for 10 ms until the processor has measured it.
  const current = await readAttributes(sys, folder, (name) => name.endsWith('_cur_freq'));
  const all = new Map([...attributes, ...current]);
  return [...samplesOfAttributes(frequencies, all, { cpu }), ...governorsOf(cpu, attributes)];
}

function governorsOf(cpu: string, attributes: ReadonlyMap<string, string>): readonly Sample[] {
  const chosen = attributes.get('scaling_governor');
  const available = attributes.get('scaling_available_governors')?.split(/\s+/).filter(Boolean) ?? [];
  return available.map((name) => sample(governor, { cpu, governor: name }, Number(name === chosen)));
}
