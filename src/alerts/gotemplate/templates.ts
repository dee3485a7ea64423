import { builtins } from './builtins.ts';
import { runTree } from './execute.ts';
import type { Tree } from './node.ts';
import { isEmpty, parseTrees } from './parse.ts';
import type { Escape, Limits } from './run.ts';
import type { GoFunctions, GoValue } from './value.ts';

/** Named templates that can call each other, and the functions that they may use. */
export interface Templates {
  readonly trees: ReadonlyMap<string, Tree>;
  readonly functions: GoFunctions;
  /** Absent where a text is made. */
  readonly guard?: Escape | undefined;
}

export interface TemplateSource {
  /** Names the template, and the place in errors. */
  readonly name: string;
  readonly text: string;
}

const defaultLimits: Limits = { steps: 1_000_000, outputBytes: 1024 * 1024, depth: 200 };

/**
 * Parses Go's text/template; a later definition replaces an earlier one of its name, unless it is empty. `functions`
 * come on top of Go's own. Throws an Error with the template, the line and Go's words.
 */
export function parseTemplates(sources: readonly TemplateSource[], functions: GoFunctions, guard?: Escape): Templates {
  const empty = { trees: new Map(), functions: new Map([...builtins, ...functions]), guard };
  return sources.reduce(withTemplate, empty);
}

/** The same with one more; the given ones are left as they are. */
function withTemplate({ trees, functions, guard }: Templates, source: TemplateSource): Templates {
  const next = new Map(trees);
  for (const tree of parseTrees(source, (name) => functions.has(name))) {
    if (!isEmpty(tree) || !next.has(tree.name)) next.set(tree.name, tree);
  }
  return { trees: next, functions, guard };
}

/** Executes the named template with `data` as its dot. Throws an Error in Go's words, also at one of the limits. */
export function execute(
  { trees, functions, guard }: Templates,
  name: string,
  data: GoValue,
  limits?: Partial<Limits>,
): string {
  const tree = trees.get(name);
  if (!tree) throw new Error(`template: no template ${JSON.stringify(name)} associated with template`);
  const run = { trees, functions, guard, limits: { ...defaultLimits, ...limits }, output: [], steps: 0, bytes: 0 };
  runTree(run, tree, { data, depth: 0 });
  return run.output.join('');
}

/** Executes a text that may call the templates, as a receiver's settings do. */
export function executeText(templates: Templates, text: string, data: GoValue, limits?: Partial<Limits>): string {
  return execute(withTemplate(templates, { name: '', text }), '', data, limits);
}
