import { createMatcher } from '../lib/regex.ts';
import type { Matcher, MatchOperator } from '../model/matcher.ts';
import { quote } from './go-format.ts';
import { unquote } from './go-unquote.ts';

const operators: ReadonlySet<string> = new Set(['=', '!=', '=~', '!~'] satisfies MatchOperator[]);

function isOperator(text: string): text is MatchOperator {
  return operators.has(text);
}

/**
 * Alertmanager's matchers, one or more with commas, braces optional: `severity="page", team=~"a|b"`. As Alertmanager
 * does, the text is read by the present grammar first and by the classic one where that fails. Throws an Error.
 */
export function parseMatchers(text: string): readonly Matcher[] {
  const parsed = parsePresent(text) ?? parseClassic(text);
  if (!parsed) {
    throw new Error(`found ${JSON.stringify(text)}, expected matchers such as severity="page" or team=~"a|b"`);
  }
  return parsed.map(({ name, operator, value }) => toMatcher(name, operator, value));
}

/** Throws an Error that shows the pattern where it is no regular expression. */
export function toMatcher(name: string, operator: MatchOperator, value: string): Matcher {
  try {
    return createMatcher(name, operator, value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`found ${JSON.stringify(value)}, expected a regular expression (RE2): ${reason}`);
  }
}

type Parts = Pick<Matcher, 'name' | 'operator' | 'value'>;

const bare = String.raw`[^\s{}!=~,\\"'\x60]+`;
const quoted = String.raw`"(?:\\.|[^"\\\n])*"`;
const present = new RegExp(String.raw`\s*(${quoted}|${bare})\s*(=~|!~|!=|=)\s*(${quoted}|${bare})\s*(,|$)`, 'y');

/** The grammar since 0.27: names and values bare or quoted, a trailing comma allowed. */
function parsePresent(text: string): readonly Parts[] | undefined {
  const inner = withoutBraces(text);
  if (inner === undefined) return undefined;
  const found: Parts[] = [];
  present.lastIndex = 0;
  while (present.lastIndex < inner.length) {
    const match = present.exec(inner);
    const [, name = '', operator = '', value = ''] = match ?? [];
    if (!match || !isOperator(operator)) return undefined;
    const parts = { name: unquoted(name), operator, value: unquoted(value) };
    if (!parts.name || parts.value === undefined) return undefined;
    found.push({ ...parts, name: parts.name, value: parts.value });
  }
  return found;
}

/** Undefined where only one of the two braces is there. */
function withoutBraces(text: string): string | undefined {
  const trimmed = text.trim();
  const [opens, closes] = [trimmed.startsWith('{'), trimmed.endsWith('}')];
  if (opens !== closes) return undefined;
  return opens ? trimmed.slice(1, -1).trim() : trimmed;
}

function unquoted(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  try {
    return unquote(text);
  } catch {
    return undefined;
  }
}

const classic = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*([\s\S]*?)\s*$/;

/** The grammar before 0.27: a bare value may hold nearly anything. */
function parseClassic(text: string): readonly Parts[] | undefined {
  const inner = text.replace(/^\{/, '').replace(/\}$/, '');
  const found: Parts[] = [];
  for (const item of splitClassic(inner)) {
    const [, name = '', operator = '', raw = ''] = classic.exec(item) ?? [];
    const value = classicValue(raw);
    if (!isOperator(operator) || value === undefined) return undefined;
    found.push({ name, operator, value });
  }
  return found;
}

/** Commas inside quotes do not split. */
function splitClassic(text: string): readonly string[] {
  const items = text.match(/(?:"(?:\\.|[^"\\])*"|\\.|[^,])+/gs) ?? [];
  return items.filter((item) => item.trim() !== '');
}

/** Undefined where a quote stands alone. */
function classicValue(raw: string): string | undefined {
  const opens = raw.startsWith('"');
  const body = opens ? raw.slice(1) : raw;
  const [, inner = '', closing] = /^((?:\\[\s\S]|[^"\\]|\\$)*)(")?$/.exec(body) ?? [undefined, undefined, 'none'];
  if (opens ? closing !== '"' : closing !== undefined) return undefined;
  return inner.replace(/\\([n"\\])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

const goOrder: readonly string[] = ['=', '!=', '=~', '!~'];

/** Alertmanager sorts a route's matchers, and its groups' keys depend on that. */
export function sortMatchers(matchers: readonly Matcher[]): readonly Matcher[] {
  return [...matchers].sort(
    (a, b) =>
      compare(a.name, b.name) || compare(a.value, b.value) || goOrder.indexOf(a.operator) - goOrder.indexOf(b.operator),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `{a="b",c=~"d"}`, as Alertmanager prints matchers; a name beyond the classic letters is quoted too. */
export function formatMatchers(matchers: readonly Matcher[]): string {
  const parts = matchers.map(({ name, operator, value }) => {
    const shown = /[\s{}!=~,\\"'`]/.test(name) ? quote(name) : name;
    return `${shown}${operator}${quote(value)}`;
  });
  return `{${parts.join(',')}}`;
}
