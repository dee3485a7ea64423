import { RE2JS } from 're2js';
import type { Matcher, MatchOperator } from '../model/matcher.ts';

/**
 * Prometheus' regular expressions: RE2 syntax, linear time, anchored at both ends, the dot matches a line break too.
 * Throws an Error with RE2's own message where the pattern is invalid.
 */
export function compileAnchored(pattern: string): (text: string) => boolean {
  // With a flag the library's message shows a pattern that nobody wrote; this one speaks of what was.
  RE2JS.compile(pattern);
  const compiled = RE2JS.compile(pattern, RE2JS.DOTALL);
  return (text) => compiled.matches(text);
}

/** Throws where `value` is not a valid pattern. */
export function createMatcher(name: string, operator: MatchOperator, value: string): Matcher {
  return { name, operator, value, test: testOf(operator, value) };
}

function testOf(operator: MatchOperator, value: string): (text: string) => boolean {
  if (operator === '=') return (text) => text === value;
  if (operator === '!=') return (text) => text !== value;
  const matches = compileAnchored(value);
  return operator === '=~' ? matches : (text) => !matches(text);
}
