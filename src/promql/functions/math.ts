import type { Value } from '../value.ts';
import { dropNames, vector } from '../value.ts';
import { type Call, type PromqlFunction, samplesOf, scalarOf } from './function.ts';

/** Each value by itself; the metric's name no longer fits and goes. */
export function eachSample(call: Call, change: (value: number) => number): Value {
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

/** Go's Min and Max, in which an infinity on the winning side beats NaN. */
function lesser(a: number, b: number): number {
  return a === Number.NEGATIVE_INFINITY || b === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : Math.min(a, b);
}

function greater(a: number, b: number): number {
  return -lesser(-a, -b);
}

function clamped(call: Call, least: number, most: number): Value {
  if (most < least) return vector([]);
  return eachSample(call, (value) => greater(least, lesser(most, value)));
}

const { POSITIVE_INFINITY: endless, NaN: none } = Number;

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
  elementwise('sin', Math.sin),
  elementwise('cos', Math.cos),
  elementwise('tan', Math.tan),
  elementwise('asin', Math.asin),
  elementwise('acos', Math.acos),
  elementwise('atan', Math.atan),
  elementwise('sinh', Math.sinh),
  elementwise('cosh', Math.cosh),
  elementwise('tanh', Math.tanh),
  elementwise('asinh', Math.asinh),
  elementwise('acosh', Math.acosh),
  elementwise('atanh', Math.atanh),
  elementwise('deg', (value) => (value * 180) / Math.PI),
  elementwise('rad', (value) => (value * Math.PI) / 180),
  { name: 'pi', args: [], result: 'scalar', evaluate: () => ({ type: 'scalar', value: Math.PI }) },
  {
    name: 'round',
    args: ['vector', 'scalar'],
    optional: 1,
    result: 'vector',
    evaluate: (call) => eachSample(call, (value) => roundTo(value, scalarOf(call, 1, 1))),
  },
  {
    name: 'clamp',
    args: ['vector', 'scalar', 'scalar'],
    result: 'vector',
    evaluate: (call) => clamped(call, scalarOf(call, 1, none), scalarOf(call, 2, none)),
  },
  {
    name: 'clamp_max',
    args: ['vector', 'scalar'],
    result: 'vector',
    evaluate: (call) => clamped(call, -endless, scalarOf(call, 1, none)),
  },
  {
    name: 'clamp_min',
    args: ['vector', 'scalar'],
    result: 'vector',
    evaluate: (call) => clamped(call, scalarOf(call, 1, none), endless),
  },
];
