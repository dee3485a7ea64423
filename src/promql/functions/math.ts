import { dropNames, vector } from '../value.ts';
import { type Call, type PromqlFunction, samplesOf, scalarOf } from './function.ts';

/** Each value by itself; the metric's name no longer fits and goes. */
function eachSample(call: Call, change: (value: number) => number) {
  const samples = dropNames(samplesOf(call, 0));
  return vector(samples.map(({ labels, value }) => ({ labels, value: change(value), at: call.at })));
}

function elementwise(name: string, change: (value: number) => number): PromqlFunction {
  return { name, args: ['vector'], result: 'vector', evaluate: (call) => eachSample(call, change) };
}

/** Rounds to the nearest multiple of `to`, halves up. */
function roundTo(value: number, to: number): number {
  // Dividing by the inverse is what Prometheus does against the error of multiples such as 0.1.
  const inverse = 1 / to;
  return Math.floor(value * inverse + 0.5) / inverse;
}

export const mathFunctions: readonly PromqlFunction[] = [
  elementwise('abs', Math.abs),
  elementwise('ceil', Math.ceil),
  elementwise('floor', Math.floor),
  elementwise('sqrt', Math.sqrt),
  elementwise('exp', Math.exp),
  elementwise('ln', Math.log),
  elementwise('log2', Math.log2),
  elementwise('log10', Math.log10),
  elementwise('sgn', Math.sign),
  {
    name: 'round',
    args: ['vector', 'scalar'],
    optional: 1,
    result: 'vector',
    evaluate: (call) => eachSample(call, (value) => roundTo(value, scalarOf(call, 1, 1))),
  },
];
