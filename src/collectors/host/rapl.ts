import { counter, fieldOf, type Sample, sample } from '../../model/sample.ts';
import { integerOf } from './attributes.ts';
import { type HostPart, type HostView, listOrNoData, NoData } from './part.ts';

const joules = counter('node_rapl_<field>_joules_total', 'Energy that a zone such as <field> has used.', [
  'index',
  'path',
]);

const folder = 'class/powercap';

export const rapl: HostPart = {
  name: 'rapl',
  metrics: { joules },
  async collect(view) {
    const zones = listOrNoData(view.sys, folder).filter((name) => /^intel-rapl.*:/.test(name));
    const samples = zones.map((zone, index) => sampleOf(view, zone, zones.slice(0, index)));
    const read = samples.filter((one) => one !== undefined);
    // Since CVE-2020-8694 root alone may read the energy.
    if (read.length === 0) throw new NoData('no zone tells its energy');
    return read;
  },
};

function sampleOf({ sys, sysPath }: HostView, zone: string, earlier: readonly string[]): Sample | undefined {
  const files = sys.attributes(`${folder}/${zone}`, ['name', 'energy_uj']);
  const microjoules = integerOf(files.get('energy_uj'));
  if (microjoules === undefined) return undefined;
  // `package-1` has its number in its name; of the `core`s of several packages, each has its place in the order.
  const [, name = '', number] = /^(.*?)(?:-(\d+))?$/.exec(files.get('name') ?? '') ?? [];
  const before = earlier.filter((other) => sys.attributes(`${folder}/${other}`, ['name']).get('name') === name);
  const labels = { index: number ?? String(before.length), path: `${sysPath}/${folder}/${zone}` };
  return sample(fieldOf(joules, name), labels, microjoules / 1_000_000);
}
