import { counter, fieldOf, gauge, type MetricDef, type Sample, sample } from '../../model/sample.ts';
import { readAttributes } from './attributes.ts';
import { familyOf, parseSensorFile, type SensorFile, valueOfSensor } from './hwmon-sensor.ts';
import { type HostPart, type HostTree, listOrNoData } from './part.ts';

const labels = ['chip', 'sensor'] as const;
const reading = gauge(
  'node_hwmon_<field>',
  'Hardware monitor: <field>, as <kind of sensor>_<attribute>_<unit>.',
  labels,
);
const energy = counter('node_hwmon_<field>_total', 'Hardware monitor: energy used so far, as <field>.', labels);
const chipName = gauge('node_hwmon_chip_names', 'The name that the driver gives a chip; always 1.', [
  'chip',
  'chip_name',
]);
const sensorLabel = gauge('node_hwmon_sensor_label', 'The label that the driver gives a sensor; always 1.', [
  'chip',
  'label',
  'sensor',
]);

export const hwmon: HostPart = {
  name: 'hwmon',
  metrics: { reading, energy, chipName, sensorLabel },
  async collect({ sys }) {
    const chips = listOrNoData(sys, 'class/hwmon').map((name) => `class/hwmon/${name}`);
    return (await Promise.all(chips.map((folder) => samplesOf(sys, folder)))).flat();
  },
};

async function samplesOf(sys: HostTree, folder: string): Promise<readonly Sample[]> {
  const files = await readAttributes(sys, folder, isWanted);
  const device = sys.realPath(`${folder}/device`);
  // Drivers from before Linux 3.13 keep their sensors with the device.
  const olderFiles = device.length > 0 ? await readAttributes(sys, `${folder}/device`, isWanted) : new Map();
  const name = files.get('name') ?? '';
  const chip = chipOf(device, name, folder);
  const sensors = bySensor(new Map([...olderFiles, ...files]));
  return [
    ...(name === '' ? [] : [sample(chipName, { chip, chip_name: wordOf(name) }, 1)]),
    ...[...sensors].flatMap(([sensor, attributes]) => sensorSamples(chip, sensor, attributes)),
  ];
}

function isWanted(name: string): boolean {
  return name === 'name' || parseSensorFile(name) !== undefined;
}

/** The number of a chip changes from boot to boot; the path of its device does not. */
function chipOf(device: readonly string[], name: string, folder: string): string {
  const path = [device.at(-2) ?? '', device.at(-1) ?? ''].map(wordOf).filter((word) => word !== '');
  return path.join('_') || wordOf(name) || wordOf(folder.split('/').at(-1) ?? '');
}

function wordOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9:_]/g, '_')
    .replace(/^_+|_+$/g, '');
}

type Attributes = Map<string, SensorFile & { readonly text: string }>;

/** Sensor such as `temp1` → its attributes such as `input`. */
function bySensor(files: ReadonlyMap<string, string>): ReadonlyMap<string, Attributes> {
  const sensors = new Map<string, Attributes>();
  for (const [name, text] of files) {
    const file = parseSensorFile(name);
    if (!file) continue;
    const attributes: Attributes = sensors.get(file.sensor) ?? new Map();
    sensors.set(file.sensor, attributes.set(file.attribute, { ...file, text }));
  }
  return sensors;
}

function sensorSamples(chip: string, sensor: string, attributes: Attributes): readonly Sample[] {
  const label = attributes.get('label')?.text;
  const named = label === undefined ? [] : [sample(sensorLabel, { chip, label: label.slice(0, 200), sensor }, 1)];
  const hasPlain = attributes.has('');
  return [
    ...named,
    ...[...attributes.values()].flatMap((file) => {
      const family = familyOf(file, hasPlain);
      const value = family && valueOfSensor(file.text, family);
      if (!family || value === undefined) return [];
      // A frequency is known by its label alone, since its number says nothing.
      const by = file.kind === 'freq' ? wordOf(label ?? '') : sensor;
      return by === '' ? [] : [sample(metricOf(family), { chip, sensor: by }, value)];
    }),
  ];
}

function metricOf({ name, counts }: { readonly name: string; readonly counts: boolean }): MetricDef<'chip' | 'sensor'> {
  return counts ? fieldOf(energy, name) : fieldOf(reading, name);
}
