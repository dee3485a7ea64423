import type { Labels } from '../model/labels.ts';
import { formatV, functions, type TemplateValue } from './template-functions.ts';
import { type Operand, type Pipeline, parseTemplateNodes, type TemplateNode } from './template-parse.ts';

/** A rule's label or annotation: text with actions in Prometheus' template language, parsed at load. */
export interface Template {
  readonly text: string;
  readonly nodes: readonly TemplateNode[];
}

export interface TemplateData {
  /** Of the series that the expression returned, its name included. */
  readonly labels: Labels;
  readonly value: number;
}

/** Throws an Error that names what the template has and we do not know. */
export function parseTemplate(text: string): Template {
  return { text, nodes: parseTemplateNodes(text) };
}

/** Never throws: what cannot be rendered says so in the text, as in Prometheus, because the alert must go out. */
export function renderTemplate({ nodes }: Template, data: TemplateData): string {
  try {
    return nodes.map((node) => (node.kind === 'text' ? node.text : formatV(run(node.pipeline, data)))).join('');
  } catch (error) {
    return `<error expanding template: ${error instanceof Error ? error.message : String(error)}>`;
  }
}

function run({ first, calls }: Pipeline, data: TemplateData): TemplateValue {
  let flowing: TemplateValue | undefined = first && read(first, data);
  for (const { name, args } of calls) {
    const values = args.map((operand) => read(operand, data));
    flowing = functions.get(name)?.call(flowing === undefined ? values : [...values, flowing]);
  }
  return flowing ?? '';
}

/** A label that is not there reads as nothing. */
function read(operand: Operand, { labels, value }: TemplateData): TemplateValue {
  if (operand.kind === 'value') return value;
  return operand.kind === 'label' ? (labels[operand.name] ?? '') : operand.value;
}
