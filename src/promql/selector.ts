import type { SyntaxNode } from '@lezer/common';
import { createMatcher } from '../lib/regex.ts';
import type { Matcher, MatchOperator } from '../model/matcher.ts';
import type { SelectorExpr } from './ast.ts';
import { errorAt } from './error.ts';
import { childrenOf, spanOf, stringOf, textOf } from './nodes.ts';

/** `name{label="value", …}`, also with a quoted name inside of the braces. */
export function convertSelector(text: string, node: SyntaxNode): SelectorExpr {
  const identifier = node.getChild('Identifier');
  const braces = node.getChild('LabelMatchers');
  const named = identifier ? nameMatcher(textOf(text, identifier)) : undefined;
  const inBraces = braces ? childrenOf(braces).map((child) => convertMatcher(text, child)) : [];
  refuseSecondName(text, node, named, inBraces);
  const matchers = named ? [named, ...inBraces] : inBraces;
  if (matchers.every((matcher) => matcher.test(''))) {
    throw errorAt(text, node, 'a selector must contain at least one matcher that does not match the empty string');
  }
  return { kind: 'selector', matchers, offsetMs: 0, at: undefined, span: spanOf(node) };
}

function nameMatcher(name: string): Matcher {
  return createMatcher('__name__', '=', name);
}

function convertMatcher(text: string, node: SyntaxNode): Matcher {
  if (node.name === 'QuotedLabelName') return nameMatcher(stringOf(text, node));
  const [label, operator, value] = childrenOf(node);
  if (!label || !operator || !value) throw errorAt(text, node, `unexpected ${JSON.stringify(textOf(text, node))}`);
  const name = label.name === 'QuotedLabelName' ? stringOf(text, label) : textOf(text, label);
  const pattern = stringOf(text, value);
  try {
    return createMatcher(name, textOf(text, operator) as MatchOperator, pattern);
  } catch (error) {
    throw errorAt(text, value, error instanceof Error ? error.message : String(error));
  }
}

/** A name before the braces has to be the only one; within them two are only useless. */
function refuseSecondName(
  text: string,
  node: SyntaxNode,
  named: Matcher | undefined,
  matchers: readonly Matcher[],
): void {
  const second = matchers.find(({ name }) => name === '__name__');
  if (!named || !second) return;
  throw errorAt(text, node, `metric name must not be set twice: "${named.value}" or "${second.value}"`);
}
