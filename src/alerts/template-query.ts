import type { Labels } from '../model/labels.ts';
import {
  compareTexts,
  type GoFunction,
  type GoFunctions,
  type GoList,
  type GoStruct,
  type GoValue,
  listOf,
  mapOf,
  structOf,
} from './gotemplate/value.ts';

/** What an expression gives at the moment of the evaluation. Throws an Error. */
export type Query = (expression: string) => readonly { readonly labels: Labels; readonly value: number }[];

const resultType = 'template.queryResult';
const sampleType = '*template.sample';

/** The functions of Prometheus' templates that know where and when they are called. */
export function queryFunctions(query: Query, externalURL: string): GoFunctions {
  return new Map<string, GoFunction>([
    ['query', { params: ['string'], call: ([expression]) => resultOf(query(String(expression))) }],
    ['first', { params: [resultType], call: ([result]) => firstOf(result) }],
    ['label', { params: ['string', sampleType], call: ([name, sample]) => labelOf(sample, String(name)) }],
    ['value', { params: [sampleType], call: ([sample]) => (sample as GoStruct).fields.Value }],
    ['strvalue', { params: [sampleType], call: ([sample]) => labelOf(sample, '__value__') }],
    ['sortByLabel', { params: ['string', resultType], call: ([name, result]) => sorted(result, String(name)) }],
    ['externalURL', { params: [], call: () => externalURL }],
    ['pathPrefix', { params: [], call: () => (URL.canParse(externalURL) ? pathOf(new URL(externalURL)) : '') }],
  ]);
}

/** A URL without a path has the path `/` in JavaScript, and none in Go. */
function pathOf({ pathname }: URL): string {
  return pathname === '/' ? '' : pathname;
}

function resultOf(samples: ReturnType<Query>): GoList {
  const items = samples.map(({ labels, value }) => structOf(sampleType, { Labels: mapOf(labels), Value: value }));
  return listOf(items, resultType);
}

function firstOf(result: GoValue): GoValue {
  const [first] = (result as GoList).items;
  if (first === undefined) throw new Error('first() called on vector with no elements');
  return first;
}

function labelOf(sample: GoValue, name: string): string {
  const labels = (sample as GoStruct).fields.Labels;
  return typeof labels === 'object' && labels.kind === 'map' ? String(labels.entries.get(name) ?? '') : '';
}

function sorted(result: GoValue, name: string): GoValue {
  const list = result as GoList;
  return {
    ...list,
    items: [...list.items].sort((left, right) => compareTexts(labelOf(left, name), labelOf(right, name))),
  };
}
