import { linesOf, numberOf, wordsOf } from './part.ts';

/** The types of a kstat's values that are 64-bit integers; 7 is a string. */
const integers = new Set(['3', '4']);

export interface Kstat {
  readonly values: ReadonlyMap<string, number>;
  /** The dataset that it is about, where it is about one. */
  readonly dataset: string | undefined;
}

/** A kstat of OpenZFS: a line of numbers, `name type data`, then `hits 4 8772612` a line. */
export function parseKstat(text: string): Kstat {
  const values = new Map<string, number>();
  let dataset: string | undefined;
  for (const line of linesOf(text).slice(2)) {
    const [name, type = '', ...data] = wordsOf(line);
    if (name === 'dataset_name') dataset = data.join(' ').slice(0, 256);
    const value = integers.has(type) && data.length === 1 ? numberOf(data[0]) : undefined;
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  return { values, dataset };
}

/** A kstat of two rows: a line of numbers, the names, the values. */
export function parseKstatTable(text: string): ReadonlyMap<string, number> {
  const [, names = [], values = []] = linesOf(text).map(wordsOf);
  if (names.length !== values.length) return new Map();
  return new Map(
    names.flatMap((name, index) => {
      const value = numberOf(values[index]);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
