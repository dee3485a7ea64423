import { functions, unknownVerb } from './template-functions.ts';
import { splitTemplate, type Token } from './template-tokens.ts';

export type Operand =
  | { readonly kind: 'value' }
  | { readonly kind: 'label'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: string | number };

/** A value and the functions that it goes through; each call gets what came before as its last argument. */
export interface Pipeline {
  readonly first: Operand | undefined;
  readonly calls: readonly { readonly name: string; readonly args: readonly Operand[] }[];
}

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline };

/** Throws an Error that names what it does not know. */
export function parseTemplateNodes(text: string): readonly TemplateNode[] {
  return splitTemplate(text).map((part) =>
    part.kind === 'text' ? part : { kind: 'pipeline', pipeline: parsePipeline(part.tokens) },
  );
}

function parsePipeline(tokens: readonly Token[]): Pipeline {
  const [head = [], ...rest] = splitCommands(tokens);
  if ([head, ...rest].some((command) => command.length === 0)) throw new Error('found an empty template action');
  const pipeline = isCall(head)
    ? { first: undefined, calls: [parseCall(head), ...rest.map(parseCall)] }
    : { first: parseSingle(head), calls: rest.map(parseCall) };
  checkTypes(pipeline);
  return pipeline;
}

function splitCommands(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const commands: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'pipe') commands.push([]);
    else commands.at(-1)?.push(token);
  }
  return commands;
}

function isCall([first]: readonly Token[]): boolean {
  return first?.kind === 'word' && !/^[$.]/.test(first.value);
}

function parseCall([first, ...args]: readonly Token[]): Pipeline['calls'][number] {
  const name = first?.kind === 'word' ? first.value : showToken(first);
  if (!functions.has(name)) {
    throw new Error(`found ${name} in a template, expected one of ${[...functions.keys()].join(', ')}`);
  }
  return { name, args: args.map(parseOperand) };
}

function parseSingle([first, ...extra]: readonly Token[]): Operand {
  if (extra.length > 0)
    throw new Error(`found ${showToken(extra[0])} after ${showToken(first)} in a template, expected |`);
  return parseOperand(first);
}

const labelPath = /^(?:\$labels|\.Labels)\.([A-Za-z_]\w*)$/;

function parseOperand(token: Token | undefined): Operand {
  if (token?.kind === 'string' || token?.kind === 'number') return { kind: 'literal', value: token.value };
  const word = showToken(token);
  if (word === '$value' || word === '.Value') return { kind: 'value' };
  const label = labelPath.exec(word)?.[1];
  if (label !== undefined) return { kind: 'label', name: label };
  throw new Error(`found ${word} in a template, expected $value or $labels.<name>`);
}

function showToken(token: Token | undefined): string {
  if (token === undefined || token.kind === 'pipe') return '|';
  return token.kind === 'string' ? JSON.stringify(token.value) : String(token.value);
}

/** What Prometheus would only find when the alert fires, and then write into the message instead of failing. */
function checkTypes({ first, calls }: Pipeline): void {
  let flowing: Operand | undefined = first;
  for (const { name, args } of calls) {
    const all = flowing === undefined ? args : [...args, flowing];
    checkCall(name, all);
    flowing = { kind: 'label', name: '' };
  }
}

function checkCall(name: string, args: readonly Operand[]): void {
  const takes = functions.get(name)?.takes;
  const [first] = args;
  if (first === undefined) throw new Error(`found ${name} without an argument in a template`);
  if (takes === 'format') checkFormat(first);
  if (takes !== 'format' && args.length > 1)
    throw new Error(`found ${args.length} arguments for ${name} in a template, expected one`);
  if (takes === 'text' && isNumber(first)) throw new Error(`found a number for ${name} in a template, expected a text`);
}

function checkFormat(format: Operand): void {
  if (isNumber(format)) throw new Error('found a number for the format of printf in a template, expected a text');
  const unknown = format.kind === 'literal' ? unknownVerb(String(format.value)) : undefined;
  if (unknown !== undefined)
    throw new Error(`found ${unknown} in the format of printf, expected %s, %d, %f, %g, %e, %v or %q`);
}

function isNumber(operand: Operand): boolean {
  return operand.kind === 'value' || (operand.kind === 'literal' && typeof operand.value === 'number');
}
