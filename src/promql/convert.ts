import type { SyntaxNode } from '@lezer/common';
import type { AggregateExpr, CallExpr, Expr } from './ast.ts';
import { errorAt } from './error.ts';
import { childrenOf, groupingLabels, numberOf, spanOf, stringOf, textOf } from './nodes.ts';
import { operationsOf } from './operations.ts';
import { arrange } from './precedence.ts';
import { convertSelector } from './selector.ts';

/** The node around one expression, the grammar's top or parentheses → the syntax tree. */
export function convertEnclosed(text: string, node: SyntaxNode): Expr {
  const [inner] = childrenOf(node);
  if (!inner) throw errorAt(text, node, 'the expression is empty');
  return convert(text, inner);
}

function convert(text: string, node: SyntaxNode): Expr {
  return arrange(text, operationsOf(text, node, convertOperand));
}

/** What stands between operators. */
function convertOperand(text: string, node: SyntaxNode): Expr {
  switch (node.name) {
    case 'NumberDurationLiteral':
      return { kind: 'number', value: numberOf(text, node), span: spanOf(node) };
    case 'StringLiteral':
      return { kind: 'string', value: stringOf(text, node), span: spanOf(node) };
    case 'VectorSelector':
      return convertSelector(text, node);
    case 'ParenExpr':
      return { ...convertEnclosed(text, node), span: spanOf(node) };
    case 'FunctionCall':
      return convertCall(text, node);
    case 'AggregateExpr':
      return convertAggregate(text, node);
    default:
      throw errorAt(text, node, `${textOf(text, node)} is not supported by the embedded engine`);
  }
}

function convertCall(text: string, node: SyntaxNode): CallExpr {
  const name = textOf(text, node.getChild('FunctionIdentifier') ?? node);
  return { kind: 'call', name, args: argumentsOf(text, node), span: spanOf(node) };
}

function convertAggregate(text: string, node: SyntaxNode): AggregateExpr {
  const operator = textOf(text, node.getChild('AggregateOp') ?? node).toLowerCase();
  const modifier = node.getChild('AggregateModifier');
  return {
    kind: 'aggregate',
    operator,
    without: modifier?.getChild('Without') != null,
    labels: modifier ? groupingLabels(text, modifier.getChild('GroupingLabels')) : [],
    args: argumentsOf(text, node),
    span: spanOf(node),
  };
}

function argumentsOf(text: string, node: SyntaxNode): readonly Expr[] {
  const body = node.getChild('FunctionCallBody');
  return body ? childrenOf(body).map((argument) => convertArgument(text, argument)) : [];
}

/** Prometheus says where an argument stands without its parentheses, a plain number's excepted. */
function convertArgument(text: string, node: SyntaxNode): Expr {
  const expr = convert(text, node);
  if (expr.kind === 'number') return expr;
  return node.name === 'ParenExpr' ? convertArgument(text, childrenOf(node)[0] ?? node) : expr;
}
