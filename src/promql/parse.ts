import { parser } from '@prometheus-io/lezer-promql';
import type { Expr } from './ast.ts';
import { check } from './check.ts';
import { convertEnclosed } from './convert.ts';
import { errorAt, type PromqlError } from './error.ts';
import { stringOf } from './nodes.ts';

/** Far beyond what people write, and far below what the stack holds. */
const deepest = 1000;

/** Text → a syntax tree that is sound in every type. Throws a PromqlError with the place of the first fault. */
export function parseExpr(text: string): Expr {
  const tree = parser.parse(text);
  let depth = 0;
  tree.iterate({
    enter(node) {
      if (node.type.isError) throw syntaxError(text, node.from);
      // An open quote swallows the rest; without this the fault would be said to be at its end.
      if (node.name === 'StringLiteral') stringOf(text, node.node);
      if (++depth > deepest) throw errorAt(text, node, 'the expression is nested too deeply');
    },
    leave: () => {
      depth--;
    },
  });
  const expr = convertEnclosed(text, tree.topNode);
  check(text, expr);
  return expr;
}

function syntaxError(text: string, near: number): PromqlError {
  const blank = /^\s*/.exec(text.slice(near))?.[0].length ?? 0;
  const from = near + blank;
  const called = /([A-Za-z_:][\w:]*)\s*$/.exec(text.slice(0, from))?.[1];
  if (called !== undefined && text[from] === '(') {
    return errorAt(text, { from: text.lastIndexOf(called, from) }, `unknown function ${called}`);
  }
  const found = /^(?:[\w:.]+|[\s\S])/u.exec(text.slice(from))?.[0];
  if (found === undefined) {
    return errorAt(text, { from }, text.trim() === '' ? 'the expression is empty' : 'unexpected end of the expression');
  }
  return errorAt(text, { from }, `unexpected ${JSON.stringify(found)}`);
}
