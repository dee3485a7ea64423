import { vector } from '../value.ts';
import { type PromqlFunction, samplesOf } from './function.ts';

/** By value, NaN last in either direction. */
function sorting(name: string, direction: 1 | -1): PromqlFunction {
  return {
    name,
    args: ['vector'],
    result: 'vector',
    evaluate: (call) =>
      vector(
        samplesOf(call, 0).toSorted((a, b) => {
          const unordered = Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value));
          return unordered || (a.value < b.value ? -direction : Number(a.value > b.value) * direction);
        }),
      ),
  };
}

export const sortFunctions: readonly PromqlFunction[] = [sorting('sort', 1), sorting('sort_desc', -1)];
