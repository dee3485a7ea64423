/** A piece of a template before it is understood. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: readonly Token[] };

export type Token =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  /** `$labels`, `.Value`, `printf`, `if` */
  | { readonly kind: 'word'; readonly value: string }
  | { readonly kind: 'pipe' };

/** Throws an Error that says what was found. */
export function splitTemplate(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  let trimNext = false;
  for (;;) {
    const open = text.indexOf('{{', at);
    const before = text.slice(at, open < 0 ? undefined : open);
    const trimmed = trimNext ? before.trimStart() : before;
    if (open < 0) {
      parts.push({ kind: 'text', text: trimmed });
      return parts.filter((part) => part.kind === 'action' || part.text !== '');
    }
    const { body, end, trimsBefore, trimsAfter } = readAction(text, open);
    parts.push({ kind: 'text', text: trimsBefore ? trimmed.trimEnd() : trimmed });
    if (!/^\s*\/\*[\s\S]*\*\/\s*$/.test(body)) parts.push({ kind: 'action', tokens: tokenise(body) });
    trimNext = trimsAfter;
    at = end;
  }
}

/** A string inside the action may hold `}}`. */
const actionBody = /^\{\{(-\s)?((?:\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|`[^`]*`|(?!\}\}|\s-\}\})[\s\S])*)(\s-)?\}\}/;

function readAction(text: string, open: number) {
  const match = actionBody.exec(text.slice(open));
  if (!match) throw new Error('found {{ without its }}');
  const [whole, before, body = '', after] = match;
  return { body, end: open + whole.length, trimsBefore: before !== undefined, trimsAfter: after !== undefined };
}

const token = /\s*(?:("(?:\\.|[^"\\\n])*")|(`[^`]*`)|([-+]?\d[\w.]*)|([$.]?[A-Za-z_][\w.]*|\$|\.)|(\|)|(\S))/y;

function tokenise(body: string): readonly Token[] {
  const tokens: Token[] = [];
  const source = body.trim();
  token.lastIndex = 0;
  while (token.lastIndex < source.length) {
    const match = token.exec(source);
    if (!match) break;
    tokens.push(tokenFrom(match));
  }
  return tokens;
}

function tokenFrom([, quoted, raw, number, word, pipe, other]: RegExpExecArray): Token {
  if (quoted !== undefined) return { kind: 'string', value: unquote(quoted) };
  if (raw !== undefined) return { kind: 'string', value: raw.slice(1, -1) };
  if (number !== undefined) return numberToken(number);
  if (word !== undefined) return { kind: 'word', value: word };
  if (pipe !== undefined) return { kind: 'pipe' };
  throw new Error(`found ${JSON.stringify(other)} in a template action, expected a value, a function or |`);
}

function numberToken(text: string): Token {
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`found ${JSON.stringify(text)} in a template action, expected a number`);
  return { kind: 'number', value };
}

const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  '"': '"',
  '\\': '\\',
};

/** Go's double-quoted text: also the values in Alertmanager's matchers. Throws an Error on an unknown escape. */
export function unquote(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g, (whole, x, u, long, simple) => {
      const code = x ?? u ?? long;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      const character = simpleEscapes[simple];
      if (character === undefined) throw new Error(`found the unknown escape ${whole}`);
      return character;
    });
}
