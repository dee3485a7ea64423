import { linesOf, numberOf, wordsOf } from './part.ts';

/** A file of /proc/net/rpc: a word and numbers a line. What is no number there ends its line. */
export function parseRpcStats(text: string): ReadonlyMap<string, readonly number[]> {
  return new Map(
    linesOf(text).flatMap((line) => {
      const [name, ...words] = wordsOf(line);
      const values = words.map(numberOf);
      const end = values.indexOf(undefined);
      const numbers = (end < 0 ? values : values.slice(0, end)).filter((value) => value !== undefined);
      return name === undefined ? [] : [[name, numbers] as const];
    }),
  );
}

/** A line of operations says first how many there are; kernels to come have more than have names here. */
export function operationsOf(
  names: readonly (string | undefined)[],
  values: readonly number[] | undefined,
): readonly (readonly [string, number])[] {
  const [count = 0, ...counts] = values ?? [];
  // A line that was cut off lacks the numbers that it promises.
  if (counts.length !== count) return [];
  return names.flatMap((name, index) => {
    const value = counts[index];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
}
