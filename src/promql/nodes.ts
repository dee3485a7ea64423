import type { SyntaxNode } from '@lezer/common';
import type { Span } from './ast.ts';
import { errorAt } from './error.ts';
import { parseNumber, unquote } from './literals.ts';

/** A node's children, comments aside. */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'LineComment') children.push(child);
  }
  return children;
}

export function textOf(text: string, { from, to }: Span): string {
  return text.slice(from, to);
}

export function spanOf({ from, to }: SyntaxNode): Span {
  return { from, to };
}

/** The value of a quoted string. */
export function stringOf(text: string, node: SyntaxNode): string {
  try {
    return unquote(textOf(text, node));
  } catch (error) {
    throw errorAt(text, node, error instanceof Error ? error.message : String(error));
  }
}

/** A number, or a duration in seconds. */
export function numberOf(text: string, node: SyntaxNode): number {
  const value = parseNumber(textOf(text, node));
  if (value === undefined) throw errorAt(text, node, `${textOf(text, node)} is neither a number nor a duration`);
  return value;
}

/** The names in `by (…)`, `on (…)` and their like. */
export function groupingLabels(text: string, node: SyntaxNode | null): readonly string[] {
  if (!node) return [];
  return childrenOf(node).map((label) =>
    label.name === 'QuotedLabelName' ? stringOf(text, label) : textOf(text, label),
  );
}
