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

/** A regular expression that is looked for anywhere in a text. */
export interface Pattern {
  /** As it was written. */
  readonly source: string;
  /** The first match's text and its groups (`undefined` where a group took no part), or undefined without a match. */
  find(text: string): readonly (string | undefined)[] | undefined;
  toJSON(): string;
}

/** RE2 syntax, linear time, unanchored; the dot does not match a line break. Throws an Error with RE2's own message. */
export function compileSearch(pattern: string): Pattern {
  const compiled = RE2JS.compile(pattern);
  return {
    source: pattern,
    find: (text) => {
      const matcher = compiled.matcher(text);
      if (!matcher.find()) return undefined;
      return Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? undefined);
    },
    toJSON: () => pattern,
  };
}

/** `$name` takes as many letters, digits and underscores as follow, `${name}` those in the braces, `$$` is a dollar. */
const variables = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

/** Go's ReplaceAllString: what the groups took goes where the replacement names them. Throws for an invalid pattern. */
export function replaceAll(pattern: string, replacement: string, text: string): string {
  const compiled = RE2JS.compile(pattern);
  const names = compiled.namedGroups();
  const matcher = compiled.matcher(text);
  let result = '';
  let done = 0;
  while (matcher.find()) {
    const group = (name: string): string => {
      const index = /^\d+$/.test(name) ? Number(name) : names[name];
      return index === undefined || index > matcher.groupCount() ? '' : (matcher.group(index) ?? '');
    };
    const inserted = replacement.replace(variables, (whole, braced?: string, plain?: string) =>
      whole === '$$' ? '$' : group(braced ?? plain ?? ''),
    );
    result += text.slice(done, matcher.start()) + inserted;
    done = matcher.end();
  }
  return result + text.slice(done);
}
