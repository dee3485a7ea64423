import { evaluatePipeline, setVariable } from './evaluate.ts';
import { show } from './format.ts';
import { type Node, showPipeline, type Tree } from './node.ts';
import { type Frame, fault, type Run, takeStep, write } from './run.ts';
import { compareTexts, type GoValue, isTrue } from './value.ts';

/** What a `break` or `continue` leaves, up to its range. */
type Jump = 'break' | 'continue' | undefined;

/** Runs a template with `data` as its dot and its `$`. */
export function runTree(
  run: Run,
  tree: Tree,
  { data, depth }: { readonly data: GoValue; readonly depth: number },
): void {
  walkAll({ run, tree, depth, variables: [{ name: '$', value: data }] }, data, tree.nodes);
}

function walkAll(frame: Frame, dot: GoValue, nodes: readonly Node[]): Jump {
  for (const node of nodes) {
    const jump = walk(frame, dot, node);
    if (jump) return jump;
  }
  return undefined;
}

function walk(frame: Frame, dot: GoValue, node: Node): Jump {
  const placed = { pos: node.pos, shown: () => node.kind };
  takeStep(frame, placed);
  switch (node.kind) {
    case 'text':
      write(frame, node.text, placed);
      return undefined;
    case 'action': {
      const value = evaluatePipeline(frame, dot, node.pipeline);
      const shown = { pos: node.pos, shown: () => showPipeline(node.pipeline) };
      if (node.pipeline.variables.length === 0) write(frame, printed(frame, value), shown);
      return undefined;
    }
    case 'template':
      include(frame, dot, node);
      return undefined;
    case 'break':
    case 'continue':
      return node.kind;
    default:
      return walkBranch(frame, dot, node);
  }
}

function printed({ run: { guard, output } }: Frame, value: GoValue): string {
  const text = value === undefined ? '<no value>' : show(value);
  return guard ? guard(value, text, output) : text;
}

function include(frame: Frame, dot: GoValue, { name, pipeline, pos }: Extract<Node, { kind: 'template' }>): void {
  const { run, depth } = frame;
  const placed = {
    pos,
    shown: () => `{{template ${JSON.stringify(name)}${pipeline ? ` ${showPipeline(pipeline)}` : ''}}}`,
  };
  const tree = run.trees.get(name);
  if (!tree) throw fault(frame, placed, `template ${JSON.stringify(name)} not defined`);
  if (depth >= run.limits.depth) throw fault(frame, placed, `exceeded maximum template depth (${run.limits.depth})`);
  const data = pipeline && evaluatePipeline(frame, dot, pipeline);
  runTree(run, tree, { data, depth: depth + 1 });
}

type Branch = Extract<Node, { kind: 'if' | 'with' | 'range' }>;

function walkBranch(frame: Frame, dot: GoValue, node: Branch): Jump {
  const scope = frame.variables.length;
  const jump = node.kind === 'range' ? walkRange(frame, dot, node) : walkChoice(frame, dot, node);
  frame.variables.length = scope;
  return jump;
}

function walkChoice(frame: Frame, dot: GoValue, { kind, pipeline, body, otherwise = [] }: Branch): Jump {
  const value = evaluatePipeline(frame, dot, pipeline);
  if (!isTrue(value)) return walkAll(frame, dot, otherwise);
  return walkAll(frame, kind === 'with' ? value : dot, body);
}

function walkRange(frame: Frame, dot: GoValue, node: Branch): Jump {
  const { pipeline, body, otherwise = [] } = node;
  // The variables stand for what is ranged over; they are set in each turn.
  const over = evaluatePipeline(frame, dot, { ...pipeline, variables: [] });
  const scope = frame.variables.length;
  let turns = 0;
  for (const [index, element] of elements(frame, node, over)) {
    turns++;
    takeStep(frame, { pos: node.pos, shown: () => node.kind });
    setTurn(frame, node, index, element);
    const jump = walkAll(frame, element, body);
    frame.variables.length = scope;
    if (jump === 'break') return undefined;
  }
  return turns === 0 ? walkAll(frame, dot, otherwise) : undefined;
}

function setTurn(frame: Frame, { pipeline }: Branch, index: GoValue, element: GoValue): void {
  const { variables, assigns } = pipeline;
  const values = variables.length === 2 ? [index, element] : [element];
  variables.forEach((name, place) => {
    if (assigns) setVariable(frame, pipeline, name, values[place]);
    else frame.variables.push({ name, value: values[place] });
  });
}

function* elements(frame: Frame, { pipeline }: Branch, over: GoValue): Iterable<readonly [GoValue, GoValue]> {
  if (over === undefined) return;
  const placed = {
    pos: pipeline.commands[0]?.pos ?? pipeline.pos,
    shown: () => showPipeline({ ...pipeline, variables: [] }),
  };
  if (typeof over === 'bigint') {
    if (pipeline.variables.length > 1) {
      throw fault(frame, placed, `can't use ${over} to iterate over more than one variable`);
    }
    for (let count = 0n; count < over; count++) yield [count, count];
    return;
  }
  if (typeof over !== 'object' || over.kind === 'struct') {
    throw fault(frame, placed, `range can't iterate over ${show(over)}`);
  }
  if (over.kind === 'list') {
    for (const [index, item] of over.items.entries()) yield [BigInt(index), item];
    return;
  }
  for (const [key, value] of [...over.entries].sort(([left], [right]) => compareTexts(left, right))) yield [key, value];
}
