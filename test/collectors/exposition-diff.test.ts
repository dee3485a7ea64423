import { describe, expect, it } from 'vitest';
import { differenceOf, parseExposed, type Round } from '../support/exposition-diff.ts';

const options = { ignore: /^go_/, ownValues: /^own_/, disturbed: [{ family: /^files$/, by: 2 }] };
const none = { missingFamilies: [], types: [], missing: [], extra: [], values: [] };

function round(before: string, theirs: string, after: string): Round {
  return { before: [parseExposed(before)], theirs: parseExposed(theirs), after: [parseExposed(after)] };
}

function family(name: string, type: string, value: number | string, labels = ''): string {
  return `# HELP ${name} Of the test.\n# TYPE ${name} ${type}\n${name}${labels} ${value}\n`;
}

describe('differenceOf', () => {
  it.each([
    ['the same', ['gauge', 1, 1, 1]],
    ['a counter in between', ['counter', 1, 2, 3]],
    ['a gauge that swings', ['gauge', 10, 15, 20]],
    ['a gauge that swings as far beyond', ['gauge', 10, 25, 20]],
  ] as const)('finds no difference in %s', (_, [type, before, theirs, after]) => {
    const [first, second, third] = [before, theirs, after].map((value) => family('a', type, value));
    expect(differenceOf([round(first ?? '', second ?? '', third ?? '')], options)).toMatchObject({
      ...none,
      compared: 1,
    });
  });

  it.each([
    ['a counter that is behind', ['counter', 2, 1, 3]],
    ['a counter that is ahead', ['counter', 1, 4, 3]],
    ['a gauge of another value', ['gauge', 1, 2, 1]],
    ['a value that is NaN', ['gauge', 1, 'NaN', 1]],
  ] as const)('finds %s', (_, [type, before, theirs, after]) => {
    const [first, second, third] = [before, theirs, after].map((value) => family('a', type, value));
    const { values } = differenceOf([round(first ?? '', second ?? '', third ?? '')], options);
    expect(values).toEqual([`a: ${Number(theirs)} not within ${before} … ${after}`]);
  });

  it('forgives what one round does not have', () => {
    const bad = round(family('a', 'gauge', 1), family('a', 'gauge', 9), family('a', 'gauge', 1));
    const good = round(family('a', 'gauge', 9), family('a', 'gauge', 9), family('a', 'gauge', 9));
    expect(differenceOf([bad, good, bad], options)).toMatchObject(none);
  });

  it('names families, types and series that are missing or too many', () => {
    const theirs = family('a', 'counter', 1, '{x="1",empty=""}') + family('b', 'gauge', 1) + family('go_x', 'gauge', 1);
    const ours = family('a', 'gauge', 1, '{x="2"}') + family('c', 'gauge', 1);
    expect(differenceOf([round(ours, theirs, ours)], options)).toMatchObject({
      families: 2,
      missingFamilies: ['b'],
      types: ['a: counter, ours gauge'],
      missing: ['a{x="1"}'],
      extra: ['a{x="2"}'],
      compared: 0,
    });
  });

  it('compares no value that tells of the exporter, and gives leeway where reading disturbs', () => {
    const theirs = family('own_time', 'gauge', 5) + family('files', 'gauge', 12);
    const ours = family('own_time', 'gauge', 1) + family('files', 'gauge', 10);
    expect(differenceOf([round(ours, theirs, ours)], options)).toMatchObject({ ...none, compared: 1 });
    expect(differenceOf([round(ours, theirs.replace('12', '13'), ours)], options).values).toHaveLength(1);
  });
});
