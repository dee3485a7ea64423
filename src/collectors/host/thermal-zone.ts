import { gauge, type Sample, sample } from '../../model/sample.ts';
import { integerOf, readAttributes } from './attributes.ts';
import { type HostPart, type HostTree, listOrNoData } from './part.ts';

const temperature = gauge('node_thermal_zone_temp', 'Temperature of a thermal zone in degrees Celsius.', [
  'zone',
  'type',
]);
const current = gauge('node_cooling_device_cur_state', 'How much a cooling device cools now.', ['name', 'type']);
const maximum = gauge('node_cooling_device_max_state', 'How much a cooling device can cool.', ['name', 'type']);

const files = new Set(['type', 'temp', 'cur_state', 'max_state']);

export const thermalZone: HostPart = {
  name: 'thermal_zone',
  metrics: { temperature, current, maximum },
  async collect({ sys }) {
    const names = listOrNoData(sys, 'class/thermal');
    return (await Promise.all(names.map((name) => samplesOf(sys, name)))).flat();
  },
};

/** A zone whose sensor is off refuses to tell its temperature: it has no sample, and the others have. */
async function samplesOf(sys: HostTree, folder: string): Promise<readonly Sample[]> {
  const [, kind, number = ''] = /^(thermal_zone|cooling_device)(\d+)$/.exec(folder) ?? [];
  if (kind === undefined) return [];
  const attributes = await readAttributes(sys, `class/thermal/${folder}`, (name) => files.has(name));
  const type = attributes.get('type')?.slice(0, 200) ?? '';
  const milliCelsius = integerOf(attributes.get('temp'));
  if (kind === 'thermal_zone') {
    return milliCelsius === undefined ? [] : [sample(temperature, { zone: number, type }, milliCelsius / 1000)];
  }
  const states = [
    [current, integerOf(attributes.get('cur_state'))],
    [maximum, integerOf(attributes.get('max_state'))],
  ] as const;
  return states.flatMap(([metric, value]) =>
    value === undefined ? [] : [sample(metric, { name: number, type }, value)],
  );
}
