import { numberConstant, runeConstant, stringConstant } from './constant.ts';
import type { Token, TokenType } from './lex.ts';
import { type Command, type Operand, type Pipeline, showOperand } from './node.ts';
import type { Reader } from './reader.ts';

const operandStarts: ReadonlySet<TokenType> = new Set([
  'bool',
  'char',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'string',
  'variable',
  '(',
]);

/** Reads to `end`, which it takes too. `context` is what an error says it was reading. */
export function parsePipeline(reader: Reader, context: string, end: TokenType): Pipeline {
  const { pos } = reader.peekWord();
  const { variables, assigns } = parseDeclaration(reader, context);
  const commands: Command[] = [];
  for (;;) {
    const token = reader.nextWord();
    if (token.type === end) break;
    if (!operandStarts.has(token.type)) throw reader.unexpected(token, context);
    reader.back();
    commands.push(parseCommand(reader));
  }
  checkCommands(reader, commands, { context, pos });
  if (!assigns) for (const variable of variables) reader.declare(variable);
  return { variables, assigns, commands, pos };
}

function checkCommands(
  reader: Reader,
  commands: readonly Command[],
  { context, pos }: { readonly context: string; readonly pos: number },
): void {
  if (commands.length === 0) throw reader.fail(`missing value for ${context}`, pos);
  const stage = commands.findIndex(
    ({ first: { kind } }, index) => index > 0 && (kind === 'constant' || kind === 'number' || kind === 'dot'),
  );
  if (stage > 0) throw reader.fail(`non executable command in pipeline stage ${stage + 1}`, pos);
}

interface Declaration {
  readonly variables: readonly string[];
  readonly assigns: boolean;
}

const noDeclaration: Declaration = { variables: [], assigns: false };

/** `$x :=`, `$x =`, and in a range `$i, $e :=`. */
function parseDeclaration(reader: Reader, context: string): Declaration {
  const first = reader.peekWord();
  if (first.type !== 'variable') return noDeclaration;
  reader.nextWord();
  const hadSpace = reader.peek().type === 'space';
  const after = reader.peekWord();
  if (after.type === ',' && context === 'range') return parsePair(reader, first);
  if (after.type === ',') throw reader.fail(`too many declarations in ${context}`, after.pos);
  if (after.type !== 'assign' && after.type !== 'declare') {
    // Not a declaration: give back the variable, and the space that parts it from an argument.
    if (hadSpace) reader.back();
    reader.back();
    return noDeclaration;
  }
  reader.nextWord();
  return { variables: [first.text], assigns: after.type === 'assign' };
}

function parsePair(reader: Reader, first: Token): Declaration {
  reader.nextWord();
  const second = reader.nextWord();
  if (second.type !== 'variable') throw reader.fail('range can only initialize variables', second.pos);
  const operator = reader.nextWord();
  if (operator.type === ',') throw reader.fail('too many declarations in range', operator.pos);
  if (operator.type !== 'assign' && operator.type !== 'declare') throw reader.unexpected(operator, 'range');
  return { variables: [first.text, second.text], assigns: operator.type === 'assign' };
}

function checkKnown(reader: Reader, { text, pos }: Token): void {
  if (!reader.knows(text)) throw reader.fail(`undefined variable ${JSON.stringify(text)}`, pos);
}

function parseCommand(reader: Reader): Command {
  const operands: Operand[] = [];
  for (;;) {
    const { pos } = reader.peekWord();
    const operand = parseOperand(reader);
    if (operand) operands.push(operand);
    const token = reader.next();
    if (token.type === 'space') continue;
    if (token.type === 'right' || token.type === ')') reader.back();
    else if (token.type !== 'pipe') throw reader.unexpected(token, 'operand');
    const [first, ...args] = operands;
    if (!first) throw reader.fail('empty command', pos);
    return { first, args, pos: first.pos };
  }
}

function parseOperand(reader: Reader): Operand | undefined {
  const term = parseTerm(reader);
  if (!term || reader.peek().type !== 'field') return term;
  const path: string[] = [];
  // Go counts from the second name on, and so do its errors.
  const { pos } = reader.peek();
  while (reader.peek().type === 'field') path.push(reader.next().text.slice(1));
  if (term.kind === 'field' || term.kind === 'variable') return { ...term, path: [...term.path, ...path], pos };
  if (term.kind === 'chain' || term.kind === 'pipeline' || term.kind === 'function') {
    return { kind: 'chain', base: term, path, pos };
  }
  throw reader.fail(`unexpected . after term ${JSON.stringify(showOperand(term))}`, pos);
}

function parseTerm(reader: Reader): Operand | undefined {
  const token = reader.nextWord();
  const { type, text, pos } = token;
  switch (type) {
    case 'identifier':
      if (!reader.isFunction(text)) throw reader.fail(`function ${JSON.stringify(text)} not defined`, pos);
      return { kind: 'function', name: text, pos };
    case 'dot':
      return { kind: 'dot', pos };
    case 'nil':
      return { kind: 'constant', text, value: undefined, pos };
    case 'bool':
      return { kind: 'constant', text, value: text === 'true', pos };
    case 'string':
      return { kind: 'constant', text, value: reader.read(token, stringConstant), pos };
    case 'number':
      return { kind: 'number', text, pos, ...reader.read(token, numberConstant) };
    case 'char':
      return { kind: 'number', text, pos, ...reader.read(token, runeConstant) };
    case 'variable':
      checkKnown(reader, token);
      return { kind: 'variable', name: text, path: [], pos };
    case 'field':
      return { kind: 'field', path: [text.slice(1)], pos };
    case '(':
      return { kind: 'pipeline', pipeline: parseParenthesized(reader, pos), pos };
    default:
      reader.back();
      return undefined;
  }
}

function parseParenthesized(reader: Reader, pos: number): Pipeline {
  reader.descend(pos);
  const pipeline = parsePipeline(reader, 'parenthesized pipeline', ')');
  reader.ascend();
  return pipeline;
}
