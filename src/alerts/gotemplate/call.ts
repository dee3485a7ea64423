import { checkSize, type Frame, fault, type Placed } from './run.ts';
import { type GoFunction, type GoType, type GoValue, isTrue, typeOf } from './value.ts';

export interface Argument {
  /** Undefined for what the stage before returned. */
  readonly placed: Placed | undefined;
  read(type: GoType): GoValue;
}

export interface Call {
  readonly name: string;
  readonly called: GoFunction;
  readonly placed: Placed;
  /** The call with its arguments, which an error of the function itself shows. */
  readonly whole: Placed;
}

/** Checks the number and the types of the arguments as Go does, then calls. */
export function callFunction(frame: Frame, call: Call, args: readonly Argument[]): GoValue {
  const { name, called, placed } = call;
  checkCount(frame, call, args.length);
  if (name === 'and' || name === 'or') return firstThat(args, (value) => isTrue(value) === (name === 'or'));
  const values = args.map((arg, index) => readArgument(frame, call, arg, index));
  const result = tryCall(frame, call, () => called.call(values));
  if (typeof result === 'string') checkSize(frame, Buffer.byteLength(result), placed);
  return result;
}

function checkCount(frame: Frame, { name, called, placed }: Call, given: number): void {
  const wanted = called.params.length;
  if (called.variadic !== undefined && given < wanted) {
    throw fault(frame, placed, `wrong number of args for ${name}: want at least ${wanted} got ${given}`);
  }
  if (called.variadic === undefined && given !== wanted) {
    throw fault(frame, placed, `wrong number of args for ${name}: want ${wanted} got ${given}`);
  }
}

/** The rest is not even evaluated. */
function firstThat(args: readonly Argument[], decides: (value: GoValue) => boolean): GoValue {
  let value: GoValue;
  for (const arg of args) {
    value = arg.read('any');
    if (decides(value)) break;
  }
  return value;
}

function readArgument(frame: Frame, { called, placed }: Call, arg: Argument, index: number): GoValue {
  const type = called.params[index] ?? called.variadic ?? 'any';
  const value = arg.read(type);
  const found = typeOf(value);
  if (type === 'any' || type === found) return value;
  const at = arg.placed ?? placed;
  if (value === undefined) throw fault(frame, at, `invalid value; expected ${type}`);
  throw fault(frame, at, `wrong type for value; expected ${type}; got ${found}`);
}

function tryCall(frame: Frame, { name, whole }: Call, work: () => GoValue): GoValue {
  try {
    return work();
  } catch (error) {
    throw fault(frame, whole, `error calling ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
