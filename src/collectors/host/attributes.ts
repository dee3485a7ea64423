import { mapBounded } from '../../lib/loop.ts';
import { type MetricDef, type Sample, sample } from '../../model/sample.ts';
import type { HostTree } from './part.ts';

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

/** As many as are read at a time. */
const concurrency = 4;

/**
 * Those of a folder's files that are wanted and can be read, through the thread pool: a sensor, a battery or a BIOS
 * may take its time, which a part's deadline bounds.
 */
export async function readAttributes(
  tree: HostTree,
  folder: string,
  wanted: (name: string) => boolean,
): Promise<ReadonlyMap<string, string>> {
  const names = tree.list(folder).filter(wanted);
  const texts = await mapBounded(names, concurrency, (name) => tree.read(`${folder}/${name}`).catch(() => undefined));
  return new Map(
    names.flatMap((name, index) => {
      const text = texts[index];
      return text === undefined ? [] : [[name, text.replace(/\n+$/, '')]];
    }),
  );
}
