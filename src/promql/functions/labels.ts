import type { Labels } from '../../model/labels.ts';
import type { CallExpr } from '../ast.ts';
import { PromqlError } from '../error.ts';
import { compileExpansion, type Expansion } from '../expand.ts';
import { remembered } from '../remembered.ts';
import { refuseDuplicates, type Value, vector } from '../value.ts';
import { type Call, type PromqlFunction, samplesOf, textOfArgument } from './function.ts';

/** Sets one label of every element by its labels; an empty one is none. */
function relabeled(call: Call, name: string, textFor: (labels: Labels) => string | undefined): Value {
  const samples = samplesOf(call, 0).map(({ labels, value }) => {
    const text = textFor(labels);
    return { labels: text === undefined ? labels : withLabel(labels, name, text), value, at: call.at };
  });
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

function refuseReplace(expr: CallExpr): void {
  try {
    expansionOf(expr);
  } catch {
    throw new PromqlError(`invalid regular expression in label_replace(): ${textOfArgument(expr, 4)}`);
  }
  refuseName(textOfArgument(expr, 1), 'destination', expr.name);
}

function labelReplace(call: Call): Value {
  const [name, template, source] = [1, 2, 3].map((index) => textOfArgument(call.expr, index));
  const expand = expansionOf(call.expr);
  return relabeled(call, name ?? '', (labels) => expand(labels[source ?? ''] ?? '', template ?? ''));
}

function sourcesOf(expr: CallExpr): readonly string[] {
  return expr.args.slice(3).map((_, index) => textOfArgument(expr, index + 3));
}

function refuseJoin(expr: CallExpr): void {
  for (const source of sourcesOf(expr)) refuseName(source, 'source', expr.name);
  refuseName(textOfArgument(expr, 1), 'destination', expr.name);
}

function labelJoin(call: Call): Value {
  const [sources, separator] = [sourcesOf(call.expr), textOfArgument(call.expr, 2)];
  return relabeled(call, textOfArgument(call.expr, 1), (labels) =>
    sources.map((source) => labels[source] ?? '').join(separator),
  );
}

export const labelFunctions: readonly PromqlFunction[] = [
  {
    name: 'label_replace',
    args: ['vector', 'string', 'string', 'string', 'string'],
    result: 'vector',
    refuse: refuseReplace,
    evaluate: labelReplace,
  },
  {
    name: 'label_join',
    args: ['vector', 'string', 'string', 'string'],
    repeats: true,
    result: 'vector',
    refuse: refuseJoin,
    evaluate: labelJoin,
  },
];
