export type TokenType =
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'string'
  | 'number'
  | 'char'
  | 'identifier'
  | 'keyword'
  | 'bool'
  | 'nil'
  | 'field'
  | 'variable'
  | 'dot'
  | 'pipe'
  | '('
  | ')'
  | ','
  | 'assign'
  | 'declare'
  | 'other'
  /** What is wrong from there on; its text is the message. */
  | 'error'
  | 'eof';

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly pos: number;
}

class LexError extends Error {
  readonly pos: number;

  constructor(message: string, pos: number) {
    super(message);
    this.pos = pos;
  }
}

const keywords: ReadonlySet<string> = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'range',
  'template',
  'with',
]);

/**
 * Splits as Go's lexer does: spaces within an action are tokens, because they part operands. A fault is the last token,
 * because the parser may find one before it.
 */
export function lex(text: string): readonly Token[] {
  const tokens: Token[] = [];
  try {
    readAll(text, tokens);
    tokens.push({ type: 'eof', text: '', pos: text.length });
  } catch (error) {
    if (!(error instanceof LexError)) throw error;
    tokens.push({ type: 'error', text: error.message, pos: error.pos });
  }
  return tokens;
}

function readAll(text: string, tokens: Token[]): void {
  let at = 0;
  let trims = false;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    const before = text.slice(at, open < 0 ? undefined : open);
    const trimsBefore = open >= 0 && /^-\s/.test(text.slice(open + 2, open + 4));
    pushText(tokens, before, { pos: at, trims, trimsBefore });
    if (open < 0) break;
    const inner = open + (trimsBefore ? 4 : 2);
    const action = text.startsWith('/*', trimsBefore ? skipSpace(text, open + 3) : inner)
      ? readComment(text, inner)
      : readAction(text, tokens, open, inner);
    at = action.end;
    trims = action.trims;
  }
}

function pushText(
  tokens: Token[],
  text: string,
  { pos, trims, trimsBefore }: { readonly pos: number; readonly trims: boolean; readonly trimsBefore: boolean },
): void {
  const front = trims ? text.replace(/^[ \t\r\n]+/, '') : text;
  const kept = trimsBefore ? front.replace(/[ \t\r\n]+$/, '') : front;
  if (kept !== '') tokens.push({ type: 'text', text: kept, pos: pos + text.length - front.length });
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text[at] ?? '')) at++;
  return at;
}

interface ActionEnd {
  readonly end: number;
  readonly trims: boolean;
}

function readComment(text: string, inner: number): ActionEnd {
  const close = text.indexOf('*/', inner);
  if (close < 0) throw new LexError('unclosed comment', inner);
  const rest = /^(\s-)?\}\}/.exec(text.slice(close + 2, close + 6));
  if (!rest) throw new LexError('comment ends before closing delimiter', inner);
  return { end: close + 2 + rest[0].length, trims: rest[1] !== undefined };
}

const token =
  /(?<space>\s+)|(?<string>"(?:\\[^\n]|[^"\\\n])*"|`[^`]*`)|(?<char>'(?:\\[^\n]|[^'\\\n])+')|(?<number>[-+]?\.?\d(?:(?<=[eEpP])[-+]|[\w.])*)|(?<variable>\$[\p{L}\p{Nd}_]*)|(?<field>\.[\p{L}\p{Nd}_]+)|(?<dot>\.)|(?<declare>:=)|(?<assign>=)|(?<pipe>\|)|(?<punctuation>[(),])|(?<word>[\p{L}_][\p{L}\p{Nd}_]*)|(?<other>[!-~])/uy;

function readAction(text: string, tokens: Token[], open: number, inner: number): ActionEnd {
  tokens.push({ type: 'left', text: '{{', pos: open });
  let depth = 0;
  for (let at = inner; at < text.length; ) {
    const close = /^(\s-)?\}\}/.exec(text.slice(at, at + 4));
    if (close && depth === 0) {
      tokens.push({ type: 'right', text: '}}', pos: at });
      return { end: at + close[0].length, trims: close[1] !== undefined };
    }
    if (close) throw new LexError('unclosed left paren', at);
    const found = readToken(text, at);
    if (found.type === '(') depth++;
    if (found.type === ')' && --depth < 0) throw new LexError('unexpected right paren', at);
    tokens.push(found);
    at += found.text.length;
  }
  throw new LexError('unclosed action', open);
}

function readToken(text: string, at: number): Token {
  token.lastIndex = at;
  const match = token.exec(text);
  const [whole = ''] = match ?? [];
  if (!match?.groups || '"`\':'.includes(whole)) throw badToken(text, at);
  const [group = ''] = Object.entries(match.groups).find(([, part]) => part !== undefined) ?? [];
  checkTerminator(text, at, whole, group);
  // A space before `-}}` belongs to the trim marker only at its end.
  if (group === 'space') return { type: 'space', text: spaceBefore(text, at, whole), pos: at };
  if (group === 'word') return { type: wordType(whole), text: whole, pos: at };
  return { type: (group === 'punctuation' ? whole : group) as TokenType, text: whole, pos: at };
}

function spaceBefore(text: string, at: number, space: string): string {
  return space.length > 1 && text.startsWith('-}}', at + space.length) ? space.slice(0, -1) : space;
}

function wordType(word: string): TokenType {
  if (keywords.has(word)) return 'keyword';
  if (word === 'true' || word === 'false') return 'bool';
  return word === 'nil' ? 'nil' : 'identifier';
}

function checkTerminator(text: string, at: number, whole: string, group: string): void {
  if (group !== 'word' && group !== 'field' && group !== 'variable') return;
  const next = text.slice(at + whole.length, at + whole.length + 2);
  if (next === '' || /^(?:[\s.,|:()=]|\}\}|\p{S})/u.test(next)) return;
  throw new LexError(`bad character ${showCharacter(next)}`, at + whole.length);
}

function badToken(text: string, at: number): LexError {
  if (text[at] === '"') return new LexError('unterminated quoted string', at);
  if (text[at] === '`') return new LexError('unterminated raw quoted string', at);
  if (text[at] === "'") return new LexError('unterminated character constant', at);
  if (text[at] === ':') return new LexError('expected :=', at);
  return new LexError(`unrecognized character in action: ${showCharacter(text.slice(at))}`, at);
}

function showCharacter(text: string): string {
  const code = text.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')} '${String.fromCodePoint(code)}'`;
}
