import type { Labels } from '../../../src/model/labels.ts';
import type { TestSeries } from '../../promql/load.ts';

const line = /^(\w+)\{(.*)\} (\w+) ?(.*)$/;

/** The series of a file of lines such as `m{a="1|2"} counter 5`, each with so many steps of `stepMs`. */
export function readSamples(
  text: string,
  times: { readonly from: number; readonly steps: number; readonly stepMs: number },
): readonly TestSeries[] {
  const specs = text.split('\n').filter((each) => each !== '' && !each.startsWith('#'));
  return specs.flatMap((spec, number) => {
    const [, name = '', pairs = '', kind = '', numbers = ''] = line.exec(spec) ?? [];
    if (name === '') throw new Error(`${spec}: no line of samples`);
    const [a = 0, b = 0] = numbers.split(' ').map(Number);
    return combinations(pairs).map((labels, index) => ({
      labels: { __name__: name, ...labels },
      values: valuesOf({ kind, a, b, salt: number * 31 + index * 7 }, times),
    }));
  });
}

/** `a="1|2", b="3"` → {a: 1, b: 3}, {a: 2, b: 3}. */
function combinations(pairs: string): readonly Labels[] {
  let all: readonly Labels[] = [{}];
  for (const [, name = '', choices = ''] of pairs.matchAll(/(\w+)="([^"]*)"/g)) {
    all = all.flatMap((labels) => choices.split('|').map((value) => ({ ...labels, [name]: value })));
  }
  return all;
}

interface Shape {
  readonly kind: string;
  readonly a: number;
  readonly b: number;
  readonly salt: number;
}

function valuesOf(
  { kind, a, b, salt }: Shape,
  { from, steps, stepMs }: { readonly from: number; readonly steps: number; readonly stepMs: number },
): readonly number[] {
  let total = 0;
  return Array.from({ length: steps }, (_, step) => {
    const wave = noise(salt, step);
    total += a * (stepMs / 1000) * (0.5 + wave);
    const values: Readonly<Record<string, number>> = {
      const: a,
      counter: total,
      gauge: a + (b - a) * wave,
      drop: a + ((b - a) * step) / steps,
      flap: Math.floor((step + salt) / 8) % 2 === 0 ? a : b,
      ago: Math.floor(from / 1000) - a,
      ahead: Math.floor(from / 1000) + a,
    };
    const value = values[kind];
    if (value === undefined) throw new Error(`${kind}: no kind of samples`);
    return value;
  });
}

/** In [0, 1), the same for the same step. */
function noise(salt: number, step: number): number {
  const mixed = Math.imul(salt + 1, 0x9e3779b1) ^ Math.imul(step + 1, 0x85ebca6b);
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32;
}
