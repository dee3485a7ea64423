import { basename, dirname } from 'node:path';
import type { Routing } from '../alerts/route.ts';
import { loadRouting } from '../alerts/routing.ts';
import { loadRules, type RuleGroup } from '../alerts/rules.ts';
import { outOfReach } from '../alerts/rules-reach.ts';
import { templateGlobs } from '../alerts/template-globs.ts';
import { type Problem, ProblemsError } from '../lib/problem.ts';
import { codeOf } from './file.ts';
import { findFiles, type LoadPorts } from './ports.ts';
import type { Config } from './schema.ts';

/** What the files say that the configuration names. */
export interface Documents {
  readonly groups: readonly RuleGroup[];
  /** Undefined where no Alertmanager file is configured. */
  readonly routing: Routing | undefined;
}

/** Reads the rule files and the Alertmanager file. Throws a ProblemsError with what is wrong in any of them. */
export async function loadDocuments(
  { rules, alertmanager, history }: Pick<Config, 'rules' | 'alertmanager' | 'history'>,
  readFile: LoadPorts['readFile'],
  glob: LoadPorts['glob'] = findFiles,
): Promise<Documents> {
  const { config_file } = alertmanager;
  const groups = await Promise.all(rules.files.map((file) => loadFile(file, readFile, loadRules)));
  const routing = config_file === undefined ? undefined : await loadRoutingFile(config_file, { readFile, glob });
  const problems = [...groups, ...(routing ? [routing] : [])].flatMap((outcome) => outcome.problems);
  const loaded = groups.flatMap(({ value = [] }) => value);
  const bound = { intervalMs: rules.evaluation_interval, maxPoints: history.max_points };
  const all = [...problems, ...outOfReach(loaded, bound)];
  if (all.length > 0) throw new ProblemsError(all);
  return { groups: loaded, routing: routing?.value };
}

/** The Alertmanager file with the files that its `templates` match, from its own folder on. */
async function loadRoutingFile(
  file: string,
  { readFile, glob }: Pick<LoadPorts, 'readFile' | 'glob'>,
): Promise<Outcome<Routing>> {
  const read = await loadFile(file, readFile, (name, text) => ({ text, globs: templateGlobs(name, text) }));
  if (!read.value) return { problems: read.problems };
  const { text, globs } = read.value;
  const found = await Promise.all(globs.map((pattern) => glob(pattern, dirname(file))));
  const templates = await Promise.all(
    [...new Set(found.flat())].map((path) =>
      loadFile(path, readFile, (_, own) => ({ name: basename(path), text: own })),
    ),
  );
  const problems = templates.flatMap((template) => template.problems);
  if (problems.length > 0) return { problems };
  const sources = templates.flatMap(({ value }) => value ?? []);
  return loadFile(
    file,
    () => Promise.resolve(text),
    (name, own) => loadRouting(name, own, sources),
  );
}

/** Either a value, or what is wrong. */
interface Outcome<T> {
  readonly value?: T;
  readonly problems: readonly Problem[];
}

/** One file through its unit's loader; a file that cannot be read is a problem like any other. */
export async function loadFile<T>(
  file: string,
  readFile: LoadPorts['readFile'],
  load: (file: string, text: string) => T,
): Promise<Outcome<T>> {
  try {
    return { value: load(file, await readFile(file)), problems: [] };
  } catch (error) {
    if (error instanceof ProblemsError) return { problems: error.problems };
    const message = `found no readable file (${codeOf(error)})`;
    return { problems: [{ file, key: '', message, mend: 'Correct the path or the file and its permissions' }] };
  }
}
