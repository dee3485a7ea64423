import { type Labels, labelValue } from '../../model/labels.ts';
import type { CallExpr } from '../ast.ts';
import { PromqlError } from '../error.ts';
import { compileExpansion, type Expansion } from '../expand.ts';
import { remembered } from '../remembered.ts';
import { refuseDuplicates, type Value, vector } from '../value.ts';
import { type Call, type PromqlFunction, samplesOf, textOfArgument } from './function.ts';

/** Sets one label of every element by its labels; an empty one is none. */
function relabeled(call: Call, relabel: Relabel): Value {
  const samples = samplesOf(call, 0).map(({ labels, value }) => ({ labels: relabel(labels), value, at: call.at }));
  refuseDuplicates(samples);
  return vector(samples);
}

function withLabel(labels: Labels, name: string, value: string): Labels {
  const { [name]: _, ...others } = labels;
  return value === '' ? others : { ...others, [name]: value };
}

/** Every text but the empty one is a label's name since Prometheus 3. */
function refuseName(name: string, role: string, called: string): void {
  if (name === '') throw new PromqlError(`invalid ${role} label name in ${called}(): `);
}

const expansionOf: (expr: CallExpr) => Expansion = remembered((expr) => compileExpansion(textOfArgument(expr, 4)));

type Relabel = (labels: Labels) => Labels;

function refuseReplace(expr: CallExpr): void {
  try {
    expansionOf(expr);
  } catch {
    throw new PromqlError(`invalid regular expression in label_replace(): ${textOfArgument(expr, 4)}`);
  }
  refuseName(textOfArgument(expr, 1), 'destination', expr.name);
}

const replaceBy: (expr: CallExpr) => Relabel = remembered((expr) => {
  const [name = '', template = '', source = ''] = [1, 2, 3].map((index) => textOfArgument(expr, index));
  const expand = expansionOf(expr);
  return remembered((labels) => {
    const text = expand(labelValue(labels, source), template);
    return text === undefined ? labels : withLabel(labels, name, text);
  });
});

function sourcesOf(expr: CallExpr): readonly string[] {
  return expr.args.slice(3).map((_, index) => textOfArgument(expr, index + 3));
}

function refuseJoin(expr: CallExpr): void {
  for (const source of sourcesOf(expr)) refuseName(source, 'source', expr.name);
  refuseName(textOfArgument(expr, 1), 'destination', expr.name);
}

const joinBy: (expr: CallExpr) => Relabel = remembered((expr) => {
  const [sources, separator] = [sourcesOf(expr), textOfArgument(expr, 2)];
  const joined = (labels: Labels): string => sources.map((source) => labelValue(labels, source)).join(separator);
  return remembered((labels) => withLabel(labels, textOfArgument(expr, 1), joined(labels)));
});

export const labelFunctions: readonly PromqlFunction[] = [
  {
    name: 'label_replace',
    args: ['vector', 'string', 'string', 'string', 'string'],
    result: 'vector',
    refuse: refuseReplace,
    evaluate: (call) => relabeled(call, replaceBy(call.expr)),
  },
  {
    name: 'label_join',
    args: ['vector', 'string', 'string', 'string'],
    repeats: true,
    result: 'vector',
    refuse: refuseJoin,
    evaluate: (call) => relabeled(call, joinBy(call.expr)),
  },
];
