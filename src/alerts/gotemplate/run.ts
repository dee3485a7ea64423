import { placeOf, type Tree } from './node.ts';
import type { GoFunctions, GoValue } from './value.ts';

export interface Limits {
  /** Nodes and calls, over all templates; a range over much within a range over much ends here. */
  readonly steps: number;
  /** Of the text, and of what any one function returns. */
  readonly outputBytes: number;
  /** Templates within templates. */
  readonly depth: number;
}

/** What an action writes, given its value, its text and all that was written before: html/template's escaping. */
export type Escape = (value: GoValue, text: string, before: readonly string[]) => string;

/** One execution, whichever template it is in. */
export interface Run {
  readonly trees: ReadonlyMap<string, Tree>;
  readonly functions: GoFunctions;
  readonly limits: Limits;
  readonly guard: Escape | undefined;
  readonly output: string[];
  steps: number;
  bytes: number;
}

/** Where the execution is: one template, called with its `$`. */
export interface Frame {
  readonly run: Run;
  readonly tree: Tree;
  readonly depth: number;
  readonly variables: { readonly name: string; value: GoValue }[];
}

/** A place in a template, and what stands there, as Go's errors show it. */
export interface Placed {
  readonly pos: number;
  shown(): string;
}

export function fault({ tree }: Frame, { pos, shown }: Placed, message: string): Error {
  const { line, byte } = placeOf(tree.text, pos);
  return new Error(
    `template: ${tree.source}:${line}:${byte}: executing ${JSON.stringify(tree.name)} at <${shown()}>: ${message}`,
  );
}

export function takeStep(frame: Frame, placed: Placed): void {
  const { run } = frame;
  if (++run.steps > run.limits.steps) throw fault(frame, placed, `exceeded the limit of ${run.limits.steps} steps`);
}

export function write(frame: Frame, text: string, placed: Placed): void {
  const { run } = frame;
  run.bytes += Buffer.byteLength(text);
  checkSize(frame, run.bytes, placed);
  run.output.push(text);
}

export function checkSize(frame: Frame, bytes: number, placed: Placed): void {
  const { outputBytes } = frame.run.limits;
  if (bytes > outputBytes) throw fault(frame, placed, `exceeded the limit of ${outputBytes} bytes`);
}
