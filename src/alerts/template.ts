import type { Labels } from '../model/labels.ts';
import { builtins } from './gotemplate/builtins.ts';
import { execute, parseTemplates, type Templates } from './gotemplate/templates.ts';
import { type GoFunctions, type GoMap, type GoStruct, mapOf, structOf } from './gotemplate/value.ts';
import { functions } from './template-functions.ts';
import { type Query, queryFunctions } from './template-query.ts';

/** A rule's label or annotation: text in Prometheus' template language, parsed at load. */
export interface Template {
  readonly text: string;
  readonly name: string;
  /** Undefined where there is nothing to execute. */
  readonly parsed: Templates | undefined;
}

interface TemplateData {
  /** Of the series that the expression returned, its name included. */
  readonly labels: Labels;
  readonly value: number;
}

/** What all templates of one evaluation share. */
export interface TemplateScope {
  readonly functions: GoFunctions;
  readonly externalLabels: GoMap;
  readonly externalURL: string;
}

export function templateScope({
  query,
  externalURL,
  externalLabels,
}: {
  readonly query: Query;
  readonly externalURL: string;
  readonly externalLabels: Labels;
}): TemplateScope {
  // Once for all alerts of an evaluation, which may be thousands.
  const all = new Map([...builtins, ...functions, ...queryFunctions(query, externalURL)]);
  return { functions: all, externalLabels: mapOf(externalLabels), externalURL };
}

/** Prometheus' own: the short names are variables, set before the text, and errors count the columns after them. */
const prefix =
  '{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}';

const known: GoFunctions = new Map([...functions, ...queryFunctions(() => [], '')]);

/** Throws an Error in Go's words. `alert` names the template in errors, as in Prometheus. */
export function parseTemplate(text: string, alert: string): Template {
  const name = `__alert_${alert}`;
  if (!text.includes('{{')) return { text, name, parsed: undefined };
  return { text, name, parsed: parseTemplates([{ name, text: prefix + text }], known) };
}

/** Renders texts of one name each. */
export interface Renderer {
  /** Whether the data alone says what comes out, and not also what a query of the text gives at that time. */
  readonly isPure: boolean;
  render(data: TemplateData, scope: TemplateScope): Labels;
}

export function createRenderer(templates: Readonly<Record<string, Template>>): Renderer {
  const all = Object.entries(templates);
  const constant = Object.fromEntries(all.map(([name, { text }]) => [name, text]));
  if (all.every(([, { parsed }]) => !parsed)) return { isPure: true, render: () => constant };
  return {
    isPure: all.every(([, { parsed, text }]) => !parsed || !text.includes('query')),
    render(data, scope) {
      const dot = dataOf(data, scope);
      return Object.fromEntries(all.map(([name, template]) => [name, rendered(template, dot, scope)]));
    },
  };
}

export function renderTemplate(template: Template, data: TemplateData, scope: TemplateScope): string {
  return rendered(template, dataOf(data, scope), scope);
}

/** Never throws: what cannot be rendered says so in the text, as in Prometheus, because the alert must go out. */
function rendered({ text, name, parsed }: Template, dot: GoStruct, { functions: all }: TemplateScope): string {
  if (!parsed) return text;
  try {
    return execute({ ...parsed, functions: all }, name, dot);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `<error expanding template: error executing template ${name}: ${reason}>`;
  }
}

function dataOf({ labels, value }: TemplateData, { externalLabels, externalURL }: TemplateScope): GoStruct {
  return structOf(
    'struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }',
    { Labels: mapOf(labels), ExternalLabels: externalLabels, ExternalURL: externalURL, Value: value },
  );
}
