import { gauge, type Sample, sample, withOpenLabels } from '../../model/sample.ts';
import { type Attribute, readAttributes, samplesOfAttributes } from './attributes.ts';
import { byName, type HostPart, type HostTree, listOrNoData } from './part.ts';

/** The kernel's class power_supply counts in millionths; its temperatures are in tenths of a degree. */
const plain = 1;
const millionths = 1_000_000;
const tenths = 10;

function attribute(file: string, divisor: number, name = file): Attribute<'power_supply'> {
  const help = `Power supply: ${file} of /sys/class/power_supply.`;
  return { file, divisor, metric: gauge(`node_power_supply_${name}`, help, ['power_supply']) };
}

const attributes: readonly Attribute<'power_supply'>[] = [
  ...['authentic', 'calibrate', 'capacity', 'capacity_alert_max', 'capacity_alert_min', 'online', 'present'].map(
    (file) => attribute(file, plain),
  ),
  attribute('cycle_count', plain, 'cyclecount'),
  attribute('time_to_empty_now', plain, 'time_to_empty_seconds'),
  attribute('time_to_full_now', plain, 'time_to_full_seconds'),
  ...`current_boot current_max energy_empty energy_empty_design energy_full energy_full_design voltage_boot voltage_max
    voltage_max_design voltage_min voltage_min_design voltage_ocv charge_control_limit charge_control_limit_max
    charge_counter charge_empty charge_empty_design charge_full charge_full_design charge_term_current
    constant_charge_current constant_charge_current_max constant_charge_voltage constant_charge_voltage_max
    precharge_current input_current_limit`
    .split(/\s+/)
    .map((file) => attribute(file, millionths)),
  attribute('current_now', millionths, 'current_ampere'),
  attribute('energy_now', millionths, 'energy_watthour'),
  attribute('voltage_now', millionths, 'voltage_volt'),
  attribute('charge_now', millionths, 'charge_ampere'),
  attribute('power_now', millionths, 'power_watt'),
  ...'temp temp_alert_max temp_alert_min temp_ambient temp_ambient_max temp_ambient_min temp_max temp_min'
    .split(' ')
    .map((file) => attribute(file, tenths, `${file}_celsius`)),
];

const texts = `capacity_level charge_type health manufacturer model_name scope serial_number status technology type
  usb_type`.split(/\s+/);
/** Only what a supply tells is a label: a mains adapter has no technology. */
const info = withOpenLabels(
  gauge('node_power_supply_info', 'What a power supply says in words; always 1.', ['power_supply']),
);

const files = new Set([...texts, ...attributes.map(({ file }) => file)]);

export const powerSupply: HostPart = {
  name: 'powersupplyclass',
  metrics: byName([info, ...attributes.map(({ metric }) => metric)]),
  async collect({ sys }) {
    const names = listOrNoData(sys, 'class/power_supply');
    return (await Promise.all(names.map((name) => samplesOf(sys, name)))).flat();
  },
};

async function samplesOf(sys: HostTree, name: string): Promise<readonly Sample[]> {
  const found = await readAttributes(sys, `class/power_supply/${name}`, (file) => files.has(file));
  const words = texts.flatMap((file) => {
    const text = found.get(file)?.trim().slice(0, 200) ?? '';
    return text === '' ? [] : [[file, text]];
  });
  const labels = { power_supply: name };
  return [sample(info, labels, 1, Object.fromEntries(words)), ...samplesOfAttributes(attributes, found, labels)];
}
