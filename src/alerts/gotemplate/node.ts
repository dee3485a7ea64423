import type { GoValue } from './value.ts';

interface At {
  /** Into the text of the template that it stands in. */
  readonly pos: number;
}

export type Operand = At &
  (
    | { readonly kind: 'constant'; readonly text: string; readonly value: GoValue }
    | { readonly kind: 'number'; readonly text: string; readonly int: bigint | undefined; readonly float: number }
    | { readonly kind: 'dot' }
    | { readonly kind: 'function'; readonly name: string }
    | { readonly kind: 'field'; readonly path: readonly string[] }
    | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
    | { readonly kind: 'chain'; readonly base: Operand; readonly path: readonly string[] }
    | { readonly kind: 'pipeline'; readonly pipeline: Pipeline }
  );

/** One stage of a pipeline: what it is about, and its arguments. */
export interface Command extends At {
  readonly first: Operand;
  readonly args: readonly Operand[];
}

export interface Pipeline extends At {
  readonly variables: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

interface Branch extends At {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[] | undefined;
}

export type Node =
  | Branch
  | (At &
      (
        | { readonly kind: 'text'; readonly text: string }
        | { readonly kind: 'action'; readonly pipeline: Pipeline }
        | { readonly kind: 'template'; readonly name: string; readonly pipeline: Pipeline | undefined }
        | { readonly kind: 'break' | 'continue' }
      ));

/** One named template; `text` and `source` are what it was read from, for the places in errors. */
export interface Tree {
  readonly name: string;
  readonly source: string;
  readonly text: string;
  readonly nodes: readonly Node[];
}

export function showOperand(operand: Operand): string {
  switch (operand.kind) {
    case 'constant':
    case 'number':
      return operand.text;
    case 'dot':
      return '.';
    case 'function':
      return operand.name;
    case 'field':
      return showPath(operand.path);
    case 'variable':
      return operand.name + showPath(operand.path);
    case 'chain':
      return `${showOperand(operand.base)}${showPath(operand.path)}`;
    case 'pipeline':
      return `(${showPipeline(operand.pipeline)})`;
  }
}

function showPath(path: readonly string[]): string {
  return path.map((name) => `.${name}`).join('');
}

export function showCommand({ first, args }: Command): string {
  return [first, ...args].map(showOperand).join(' ');
}

export function showPipeline({ variables, assigns, commands }: Pipeline): string {
  const declared = variables.length === 0 ? '' : `${variables.join(', ')} ${assigns ? '=' : ':='} `;
  return declared + commands.map(showCommand).join(' | ');
}

/** The line, from 1, and the byte in it, from 0, as Go's errors count. */
export function placeOf(text: string, pos: number): { readonly line: number; readonly byte: number } {
  const before = text.slice(0, pos);
  return { line: before.split('\n').length, byte: Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1)) };
}
