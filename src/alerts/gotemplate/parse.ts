import { stringConstant } from './constant.ts';
import { lex, type Token, type TokenType } from './lex.ts';
import { type Node, type Pipeline, placeOf, type Tree } from './node.ts';
import { parsePipeline } from './parse-pipeline.ts';
import { createReader, type Reader } from './reader.ts';

/** What may stand after the body of an if, range or with. */
type Ending = 'end' | 'else' | 'eof';

interface Parser {
  readonly reader: Reader;
  readonly define: (name: string, nodes: readonly Node[]) => void;
  /** How many ranges are around. */
  readonly ranges: number;
}

/**
 * Go's text/template as its parser reads it: the template itself first, then those that it defines.
 * Throws an Error with the name and the line, in Go's words.
 */
export function parseTrees(
  source: { readonly name: string; readonly text: string },
  isFunction: (name: string) => boolean,
): readonly Tree[] {
  const { name: sourceName, text } = source;
  const fail = (message: string, pos: number): Error =>
    new Error(`template: ${sourceName}:${placeOf(text, pos).line}: ${message}`);
  const trees = new Map<string, Tree>();
  const define = (name: string, nodes: readonly Node[]): void => {
    const tree = { name, source: sourceName, text, nodes };
    const known = trees.get(name);
    if (known && !isEmpty(known) && !isEmpty(tree))
      throw fail(`multiple definition of template ${JSON.stringify(name)}`, 0);
    if (!known || isEmpty(known)) trees.set(name, tree);
  };
  const reader = createReader(lex(text), { fail, isFunction });
  const { nodes, ending, token } = parseNodes({ reader, define, ranges: 0 }, true);
  if (ending !== 'eof') throw reader.fail(`unexpected {{${ending}}}`, token.pos);
  define(sourceName, nodes);
  return [...trees.values()];
}

/** Only spaces and comments: such a definition does not replace another. */
export function isEmpty({ nodes }: Pick<Tree, 'nodes'>): boolean {
  return nodes.every((node) => node.kind === 'text' && node.text.trim() === '');
}

interface Body {
  readonly nodes: readonly Node[];
  readonly ending: Ending;
  /** What ended it. */
  readonly token: Token;
}

function parseNodes(parser: Parser, isTop = false): Body {
  const { reader } = parser;
  const nodes: Node[] = [];
  for (;;) {
    const token = reader.next();
    if (token.type === 'eof') return { nodes, ending: 'eof', token };
    if (token.type === 'text') {
      nodes.push({ kind: 'text', text: token.text, pos: token.pos });
      continue;
    }
    const word = reader.peekWord();
    if (word.text === 'end' && word.type === 'keyword') {
      reader.nextWord();
      reader.expectRight('end');
      return { nodes, ending: 'end', token: word };
    }
    if (word.text === 'else' && word.type === 'keyword') return { nodes, ending: 'else', token: reader.nextWord() };
    if (isTop && word.text === 'define' && word.type === 'keyword') parseDefinition(parser);
    else nodes.push(parseAction(parser));
  }
}

function parseAction(parser: Parser): Node {
  const { reader } = parser;
  const word = reader.peekWord();
  if (word.type !== 'keyword') {
    const pipeline = parsePipeline(reader, 'command', 'right');
    return { kind: 'action', pipeline, pos: word.pos };
  }
  reader.nextWord();
  switch (word.text) {
    case 'if':
    case 'with':
    case 'range':
      return parseBranch(parser, word.text);
    case 'template':
      return parseInclude(parser);
    case 'block':
      return parseBlock(parser);
    case 'break':
    case 'continue':
      return parseJump(parser, word, word.text);
    default:
      throw reader.unexpected(word, 'command');
  }
}

function parseJump({ reader, ranges }: Parser, word: Token, kind: 'break' | 'continue'): Node {
  const after = reader.nextWord();
  if (after.type !== 'right') throw reader.unexpected(after, `{{${kind}}}`);
  if (ranges === 0) throw reader.fail(`{{${kind}}} outside {{range}}`, word.pos);
  return { kind, pos: word.pos };
}

function parseBranch(parser: Parser, kind: 'if' | 'with' | 'range'): Node {
  const { reader } = parser;
  const scope = reader.scope();
  const pos = reader.peekWord().pos;
  reader.descend(pos);
  const pipeline = parsePipeline(reader, kind, 'right');
  const {
    nodes: body,
    ending,
    token,
  } = parseNodes(kind === 'range' ? { ...parser, ranges: parser.ranges + 1 } : parser);
  if (ending === 'eof') throw reader.unexpected(token, undefined);
  const otherwise = ending === 'else' ? parseElse(parser, kind) : undefined;
  reader.leave(scope);
  reader.ascend();
  return { kind, pipeline, body, otherwise, pos };
}

/** `else`, or `else if` and `else with`, which share the one end. */
function parseElse(parser: Parser, kind: 'if' | 'with' | 'range'): readonly Node[] {
  const { reader } = parser;
  const word = reader.peekWord();
  if (word.type === 'keyword' && word.text === kind && kind !== 'range') {
    reader.nextWord();
    return [parseBranch(parser, kind)];
  }
  reader.expectRight('else');
  const { nodes, ending, token } = parseNodes(parser);
  if (ending === 'else') throw reader.fail('expected end; found {{else}}', token.pos);
  if (ending === 'eof') throw reader.unexpected(token, undefined);
  return nodes;
}

function parseName({ reader }: Parser, context: string): string {
  const token = reader.nextWord();
  if (token.type !== 'string') throw reader.unexpected(token, context);
  return reader.read(token, stringConstant);
}

function parseInclude(parser: Parser): Node {
  const { reader } = parser;
  const { pos } = reader.peekWord();
  const name = parseName(parser, 'template clause');
  return { kind: 'template', name, pipeline: parseArgument(reader, 'template clause'), pos };
}

function parseArgument(reader: Reader, context: string): Pipeline | undefined {
  const end: TokenType = 'right';
  if (reader.peekWord().type !== end) return parsePipeline(reader, context, end);
  reader.nextWord();
  return undefined;
}

function parseBlock(parser: Parser): Node {
  const { reader } = parser;
  const { pos } = reader.peekWord();
  const name = parseName(parser, 'block clause');
  const pipeline = parsePipeline(reader, 'block clause', 'right');
  parseBody(parser, name, 'block clause');
  return { kind: 'template', name, pipeline, pos };
}

function parseDefinition(parser: Parser): void {
  const { reader } = parser;
  reader.nextWord();
  const name = parseName(parser, 'define clause');
  reader.expectRight('define clause');
  parseBody(parser, name, 'define clause');
}

/** A template within the text has variables of its own. */
function parseBody(parser: Parser, name: string, context: string): void {
  const { reader } = parser;
  const variables = reader.enter();
  const { nodes, ending, token } = parseNodes({ ...parser, ranges: 0 });
  if (ending === 'eof') throw reader.unexpected(token, undefined);
  if (ending === 'else') throw reader.fail(`unexpected {{else}} in ${context}`, token.pos);
  reader.restore(variables);
  parser.define(name, nodes);
}
