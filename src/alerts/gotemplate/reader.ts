import { quote } from '../go-format.ts';
import type { Token, TokenType } from './lex.ts';

/** The tokens in turn, with what the parser knows at that place: the variables and the functions. */
export interface Reader {
  next(): Token;
  peek(): Token;
  back(): void;
  /** The next that is no space. */
  nextWord(): Token;
  peekWord(): Token;
  expectRight(context: string): void;
  /** Reads a constant; what is wrong with it becomes an error at its place. */
  read<T>(token: Token, parse: (text: string) => T): T;
  unexpected(token: Token, context: string | undefined): Error;
  fail(message: string, pos: number): Error;
  isFunction(name: string): boolean;
  declare(variable: string): void;
  knows(variable: string): boolean;
  /** One level deeper, for what stands within something of its kind. Throws where it is too deep. */
  descend(pos: number): void;
  ascend(): void;
  /** How many variables there are now; `leave` forgets those that came since. */
  scope(): number;
  leave(scope: number): void;
  /** Starts with no variable but `$`; `restore` brings back those that were. */
  enter(): readonly string[];
  restore(variables: readonly string[]): void;
}

/** The parser's own stack is what this protects. */
const maxNesting = 500;

const end: Token = { type: 'eof', text: '', pos: 0 };

export function createReader(
  tokens: readonly Token[],
  { fail, isFunction }: Pick<Reader, 'fail' | 'isFunction'>,
): Reader {
  let at = 0;
  let depth = 0;
  let variables = ['$'];
  const last = tokens.at(-1) ?? end;
  const next = (): Token => {
    const token = tokens[at++] ?? last;
    if (token.type === 'error') throw fail(token.text, token.pos);
    return token;
  };
  const skip = (): void => {
    while (tokens[at]?.type === 'space') at++;
  };
  const unexpected = (token: Token, context: string | undefined): Error =>
    token.type === 'error'
      ? fail(token.text, token.pos)
      : fail(`unexpected ${showToken(token)}${context === undefined ? '' : ` in ${context}`}`, token.pos);
  const nextWord = (): Token => {
    skip();
    return next();
  };
  return {
    next,
    peek: () => tokens[at] ?? last,
    back: () => void at--,
    nextWord,
    peekWord() {
      skip();
      return tokens[at] ?? last;
    },
    expectRight(context) {
      const token = nextWord();
      if (token.type !== 'right') throw unexpected(token, context);
    },
    read(token, parse) {
      try {
        return parse(token.text);
      } catch (error) {
        throw fail((error as Error).message, token.pos);
      }
    },
    unexpected,
    fail,
    isFunction,
    declare: (variable) => void variables.push(variable),
    knows: (variable) => variables.includes(variable),
    descend(pos) {
      if (++depth > maxNesting) throw fail(`more than ${maxNesting} levels of nesting`, pos);
    },
    ascend: () => void depth--,
    scope: () => variables.length,
    leave(scope) {
      variables = variables.slice(0, scope);
    },
    enter() {
      const before = variables;
      variables = ['$'];
      return before;
    },
    restore(before) {
      variables = [...before];
    },
  };
}

const bare: ReadonlySet<TokenType> = new Set(['keyword']);

function showToken({ type, text }: Token): string {
  if (type === 'eof') return 'EOF';
  if (bare.has(type)) return `<${text}>`;
  return text.length > 10 ? `${quote(text.slice(0, 10))}...` : quote(text);
}
