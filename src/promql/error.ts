import type { Span } from './ast.ts';

/** Says what is wrong with an expression; `line` and `column` count from 1 and are 0 for an error of an evaluation. */
export class PromqlError extends Error {
  override readonly name = 'PromqlError';
  readonly line: number;
  readonly column: number;

  constructor(message: string, place: { readonly line: number; readonly column: number } = { line: 0, column: 0 }) {
    super(message);
    this.line = place.line;
    this.column = place.column;
  }
}

/** Stops parsing where `span` starts in `text`. */
export function errorAt(text: string, { from }: Pick<Span, 'from'>, message: string): PromqlError {
  const before = text.slice(0, from).split('\n');
  return new PromqlError(message, { line: before.length, column: (before.at(-1) ?? '').length + 1 });
}
