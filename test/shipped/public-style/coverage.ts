import { parser } from '@prometheus-io/lezer-promql';
import { functions as templateFunctions } from '../../../src/alerts/template-functions.ts';
import { queryFunctions } from '../../../src/alerts/template-query.ts';
import { aggregations } from '../../../src/promql/aggregate.ts';
import { functions } from '../../../src/promql/functions/index.ts';

const builtIns = ['and', 'or', 'not', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'len', 'index', 'slice', 'print', 'printf'];
const printing = [
  'println',
  'html',
  'js',
  'urlquery',
  'if',
  'else',
  'end',
  'range',
  'with',
  'define',
  'template',
  'break',
];
const operators = ['+', '-', '*', '/', '%', '^', 'atan2', '==', '!=', '>', '<', '>=', '<=', 'and', 'or', 'unless'];
const modifiers = ['bool', 'on', 'ignoring', 'group_left', 'group_right', 'by', 'without', 'offset', '@', 'subquery'];

const nodeNames: Readonly<Record<string, string>> = {
  ...{ Add: '+', Sub: '-', Mul: '*', Div: '/', Mod: '%', Pow: '^', Atan2: 'atan2', Eql: '==', Neq: '!=', Gtr: '>' },
  ...{ Lss: '<', Gte: '>=', Lte: '<=', And: 'and', Or: 'or', Unless: 'unless', BoolModifier: 'bool', On: 'on' },
  ...{ Ignoring: 'ignoring', GroupLeft: 'group_left', GroupRight: 'group_right', By: 'by', Without: 'without' },
  ...{ OffsetExpr: 'offset', StepInvariantExpr: '@', SubqueryExpr: 'subquery' },
};

/** What of a kind the texts have, and what not. */
export interface Coverage {
  readonly kind: string;
  readonly has: readonly string[];
  readonly lacks: readonly string[];
}

export function coverageOf(expressions: readonly string[], templates: readonly string[]): readonly Coverage[] {
  const words = new Set(expressions.flatMap(wordsOf));
  const said = new Set(templates.flatMap(templateWords));
  const known = [...builtIns, ...printing, ...templateFunctions.keys(), ...queryFunctions(() => [], '').keys()];
  return [
    split('functions', [...functions.keys()], words),
    split('aggregations', [...aggregations.keys()], words),
    split('operators', operators, words),
    split('modifiers', modifiers, words),
    split('template words', known, said),
  ];
}

function split(kind: string, known: readonly string[], used: ReadonlySet<string>): Coverage {
  return { kind, has: known.filter((name) => used.has(name)), lacks: known.filter((name) => !used.has(name)) };
}

function wordsOf(expression: string): readonly string[] {
  const found: string[] = [];
  parser.parse(expression).iterate({
    enter({ name, from, to }) {
      const isNamed = name === 'FunctionIdentifier' || name === 'AggregateOp';
      const word = isNamed ? expression.slice(from, to).trim().toLowerCase() : nodeNames[name];
      if (word !== undefined) found.push(word);
    },
  });
  return found;
}

function templateWords(text: string): readonly string[] {
  return [...text.matchAll(/\{\{(.*?)\}\}/gs)].flatMap(([, inside = '']) =>
    [...inside.replaceAll(/"(?:\\.|[^"\\])*"|`[^`]*`/g, '""').matchAll(/(?<![$.\w])[A-Za-z]\w*/g)].map(
      ([word]) => word,
    ),
  );
}
