import { type MetricDef, type Sample, sample } from '../../model/sample.ts';

/** A small file of sysfs that holds one integer. */
export interface Attribute<L extends string> {
  readonly file: string;
  readonly metric: MetricDef<L>;
  /** What the integer is multiplied by, or divided by where that is the exact way; 1 where absent. */
  readonly scale?: number;
  readonly divisor?: number;
}

/** Decimal, or hexadecimal with `0x`, as sysfs prints integers. */
export function integerOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*(-?\d{1,20}|0x[0-9a-f]{1,16})\s*$/i.test(text)) return undefined;
  return Number(text);
}

/** The attributes that are there and are numbers. */
export function samplesOfAttributes<L extends string>(
  table: readonly Attribute<L>[],
  attributes: ReadonlyMap<string, string>,
  labels: Readonly<Record<NoInfer<L>, string>>,
): readonly Sample[] {
  return table.flatMap(({ file, metric, scale = 1, divisor = 1 }) => {
    const value = integerOf(attributes.get(file));
    return value === undefined ? [] : [sample(metric, labels, (value * scale) / divisor)];
  });
}
