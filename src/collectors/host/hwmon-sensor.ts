/** A file of the kernel's hwmon interface (Documentation/hwmon/sysfs-interface.rst), such as `temp1_input`. */
export interface SensorFile {
  readonly kind: string;
  /** The kind with its number. */
  readonly sensor: string;
  /** What comes after the number; empty for the sensor itself, as in `pwm1`. */
  readonly attribute: string;
}

const kinds = 'vrm|beep_enable|update_interval|in|cpu|fan|pwm|temp|curr|power|energy|humidity|intrusion|freq';
const sensorFile = new RegExp(`^(${kinds})(\\d{0,4})(?:_(\\w{1,60}))?$`);

export function parseSensorFile(name: string): SensorFile | undefined {
  const [, kind, number = '', attribute = ''] = sensorFile.exec(name) ?? [];
  return kind === undefined ? undefined : { kind, sensor: `${kind}${Number(number)}`, attribute };
}

export interface SensorFamily {
  /** Without `node_hwmon_` and `_total`. */
  readonly name: string;
  /** What the file's integer is divided by to be in the family's unit. */
  readonly divisor: number;
  readonly counts: boolean;
}

/** The kinds that stand alone, with the names that they have. */
const alone: Readonly<Record<string, SensorFamily>> = {
  beep_enable: { name: 'beep_enabled', divisor: 1, counts: false },
  vrm: { name: 'voltage_regulator_version', divisor: 1, counts: false },
  update_interval: { name: 'update_interval_seconds', divisor: 1000, counts: false },
};

/** The unit of a kind's attributes, and what the kernel counts it in. */
const units: Readonly<Record<string, readonly [suffix: string, divisor: number]>> = {
  in: ['_volts', 1000],
  cpu: ['_volts', 1000],
  temp: ['_celsius', 1000],
  curr: ['_amps', 1000],
  energy: ['_joule', 1_000_000],
  power: ['_watt', 1_000_000],
  humidity: ['', 1_000_000],
  freq: ['_freq_mhz', 1_000_000],
};

const plain: readonly [string, number] = ['', 1];

/** The family of an attribute; undefined for a label, which is no number. `hasPlain`: the sensor itself is a file too. */
export function familyOf({ kind, attribute }: SensorFile, hasPlain: boolean): SensorFamily | undefined {
  if (Object.hasOwn(alone, kind)) return attribute === '' ? alone[kind] : undefined;
  if (attribute === 'label' || (kind === 'freq' && attribute !== 'input')) return undefined;
  const [suffix, divisor] = unitOf(kind, attribute);
  const isValue = attribute === '' || (attribute === 'input' && !hasPlain);
  return { name: `${kind}${isValue ? '' : `_${attribute}`}${suffix}`, divisor, counts: kind === 'energy' };
}

/** What is no measurement has no unit: alarms, faults, types. */
function unitOf(kind: string, attribute: string): readonly [string, number] {
  if (attribute === 'fault' || attribute === 'alarm') return plain;
  if (attribute === 'beep') return ['_enabled', 1];
  if (kind === 'temp' && attribute === 'type') return plain;
  if (kind === 'power' && attribute === 'accuracy') return ['', 1_000_000];
  if (kind === 'power' && attribute.startsWith('average_interval')) return ['_seconds', 1000];
  if (kind === 'fan' && ['input', 'min', 'max', 'target'].includes(attribute)) return ['_rpm', 1];
  return units[kind] ?? plain;
}

/** In the family's unit; undefined where the chip says something else than a number. */
export function valueOfSensor(text: string, { divisor }: SensorFamily): number | undefined {
  const word = text.trim();
  return /^-?\d{1,20}(\.\d{1,20})?$/.test(word) ? Number(word) / divisor : undefined;
}
