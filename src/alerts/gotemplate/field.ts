import { type Argument, callFunction } from './call.ts';
import { type Frame, fault, type Placed } from './run.ts';
import { type GoValue, typeOf } from './value.ts';

interface Access {
  readonly value: GoValue;
  readonly name: string;
  readonly placed: Placed;
}

/** A method, a field of a struct or a key of a map, in Go's order. Throws an Error where it is none of them. */
export function evaluateField(frame: Frame, { value, name, placed }: Access, args: readonly Argument[]): GoValue {
  if (value === undefined) {
    throw fault(frame, placed, `nil data; no entry for key ${JSON.stringify(name)}`);
  }
  if (typeof value !== 'object') throw noField(frame, placed, value, name);
  const called = value.methods.get(name);
  if (called) return callFunction(frame, { name, called, placed, whole: placed }, args);
  if (value.kind === 'struct' && Object.hasOwn(value.fields, name)) {
    if (args.length > 0) throw fault(frame, placed, `${name} has arguments but cannot be invoked as function`);
    return value.fields[name];
  }
  if (value.kind !== 'map') throw noField(frame, placed, value, name);
  if (args.length > 0) throw fault(frame, placed, `${name} is not a method but has arguments`);
  return value.entries.has(name) ? value.entries.get(name) : value.zero;
}

function noField(frame: Frame, placed: Placed, value: GoValue, name: string): Error {
  return fault(frame, placed, `can't evaluate field ${name} in type ${typeOf(value)}`);
}
