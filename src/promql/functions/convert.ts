import { dropNames, vector } from '../value.ts';
import { type PromqlFunction, samplesOf, scalarOf } from './function.ts';

/** Between scalars and vectors, and what knows the time. */
export const convertFunctions: readonly PromqlFunction[] = [
  { name: 'time', args: [], result: 'scalar', evaluate: ({ at }) => ({ type: 'scalar', value: at / 1000 }) },
  {
    name: 'timestamp',
    args: ['vector'],
    result: 'vector',
    evaluate(call) {
      // Only what comes straight from the storage has a time of its own.
      const isStored = call.expr.args[0]?.kind === 'selector';
      const samples = dropNames(samplesOf(call, 0));
      return vector(
        samples.map(({ labels, at }) => ({ labels, value: (isStored ? at : call.at) / 1000, at: call.at })),
      );
    },
  },
  {
    name: 'scalar',
    args: ['vector'],
    result: 'scalar',
    evaluate(call) {
      const [only, second] = samplesOf(call, 0);
      return { type: 'scalar', value: only && !second ? only.value : Number.NaN };
    },
  },
  {
    name: 'vector',
    args: ['scalar'],
    result: 'vector',
    evaluate: (call) => vector([{ labels: {}, value: scalarOf(call, 0, Number.NaN), at: call.at }]),
  },
];
