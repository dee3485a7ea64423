import { type Argument, callFunction } from './call.ts';
import { evaluateField } from './field.ts';
import { type Command, type Operand, type Pipeline, showCommand, showOperand } from './node.ts';
import { type Frame, fault, takeStep } from './run.ts';
import { type GoType, type GoValue, typeOf } from './value.ts';

/** What a stage gets from the one before it; the wrapper tells nil from nothing. */
type Final = { readonly value: GoValue } | undefined;

/** Evaluates a pipeline and sets its variables. Throws an Error in Go's words. */
export function evaluatePipeline(frame: Frame, dot: GoValue, pipeline: Pipeline): GoValue {
  let final: Final;
  for (const command of pipeline.commands) final = { value: evaluateCommand(frame, dot, command, final) };
  for (const name of pipeline.variables) {
    if (pipeline.assigns) setVariable(frame, pipeline, name, final?.value);
    else frame.variables.push({ name, value: final?.value });
  }
  return final?.value;
}

export function setVariable(frame: Frame, { commands, pos }: Pipeline, name: string, value: GoValue): void {
  const variable = frame.variables.findLast((known) => known.name === name);
  if (variable) {
    variable.value = value;
    return;
  }
  const last = commands.at(-1);
  const operand = last?.args.at(-1) ?? last?.first;
  throw fault(
    frame,
    { pos: operand?.pos ?? pos, shown: () => (operand ? showOperand(operand) : '') },
    `undefined variable: ${name}`,
  );
}

function evaluateCommand(frame: Frame, dot: GoValue, command: Command, final: Final): GoValue {
  const { first, args } = command;
  const placed = { pos: first.pos, shown: () => showOperand(first) };
  takeStep(frame, placed);
  if (first.kind === 'function') {
    const known = frame.run.functions.get(first.name);
    if (!known) throw fault(frame, placed, `${JSON.stringify(first.name)} is not a defined function`);
    return callFunction(
      frame,
      { name: first.name, called: known, placed, whole: { pos: first.pos, shown: () => showCommand(command) } },
      argumentsOf(frame, dot, args, final),
    );
  }
  if (first.kind === 'field' || first.kind === 'variable' || first.kind === 'chain') {
    return evaluatePath(frame, dot, first, argumentsOf(frame, dot, args, final));
  }
  if (args.length > 0 || final) throw fault(frame, placed, `can't give argument to non-function ${placed.shown()}`);
  if (first.kind === 'constant' && first.text === 'nil') throw fault(frame, placed, 'nil is not a command');
  return evaluateOperand(frame, dot, first);
}

/** Each is evaluated when it is asked for, as what its parameter wants: `and` and `or` may not ask. */
function argumentsOf(frame: Frame, dot: GoValue, args: readonly Operand[], final: Final): readonly Argument[] {
  const given = args.map(
    (operand): Argument => ({
      placed: { pos: operand.pos, shown: () => showOperand(operand) },
      read: (type) => evaluateArgument(frame, dot, operand, type),
    }),
  );
  return final ? [...given, { placed: undefined, read: () => final.value }] : given;
}

function evaluateArgument(frame: Frame, dot: GoValue, operand: Operand, type: GoType): GoValue {
  const placed = { pos: operand.pos, shown: () => showOperand(operand) };
  if (operand.kind === 'number' && type === 'float64') return operand.float;
  if (operand.kind === 'number' && type === 'int' && operand.int !== undefined) return operand.int;
  if (operand.kind === 'constant' && operand.text === 'nil' && type !== 'any') {
    throw fault(frame, placed, `cannot assign nil to ${type}`);
  }
  const wanted = constantNames[type];
  const isConstant = operand.kind === 'constant' || operand.kind === 'number';
  if (isConstant && wanted === undefined && type !== 'any') {
    throw fault(frame, placed, `can't handle ${placed.shown()} for arg of type ${type}`);
  }
  if (isConstant && wanted !== undefined && !fits(operand, type)) {
    throw fault(frame, placed, `expected ${wanted}; found ${placed.shown()}`);
  }
  return evaluateOperand(frame, dot, operand);
}

const constantNames: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'bool',
  int: 'integer',
  float64: 'float',
};

function fits(operand: Extract<Operand, { kind: 'constant' | 'number' }>, type: GoType): boolean {
  return operand.kind === 'constant' && typeOf(operand.value) === type;
}

/** An operand with nothing given to it. */
function evaluateOperand(frame: Frame, dot: GoValue, operand: Operand): GoValue {
  switch (operand.kind) {
    case 'constant':
      return operand.value;
    case 'number':
      return /^[-+]?0[xX]|^'/.test(operand.text) || !/[.eEpP]/.test(operand.text) ? operand.int : operand.float;
    case 'dot':
      return dot;
    case 'pipeline':
      return evaluatePipeline(frame, dot, operand.pipeline);
    case 'function':
      return evaluateCommand(frame, dot, { first: operand, args: [], pos: operand.pos }, undefined);
    default:
      return evaluatePath(frame, dot, operand, []);
  }
}

function evaluatePath(
  frame: Frame,
  dot: GoValue,
  operand: Extract<Operand, { kind: 'field' | 'variable' | 'chain' }>,
  args: readonly Argument[],
): GoValue {
  const placed = { pos: operand.pos, shown: () => showOperand(operand) };
  const { path } = operand;
  if (path.length === 0 && args.length > 0) {
    throw fault(frame, placed, `can't give argument to non-function ${placed.shown()}`);
  }
  let value = baseOf(frame, dot, operand);
  path.forEach((name, index) => {
    value = evaluateField(frame, { value, name, placed }, index === path.length - 1 ? args : []);
  });
  return value;
}

function baseOf(
  frame: Frame,
  dot: GoValue,
  operand: Extract<Operand, { kind: 'field' | 'variable' | 'chain' }>,
): GoValue {
  if (operand.kind === 'field') return dot;
  if (operand.kind === 'chain') return evaluateOperand(frame, dot, operand.base);
  return frame.variables.findLast(({ name }) => name === operand.name)?.value;
}
