import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument as parseYamlText,
  visit,
} from 'yaml';
import type { z } from 'zod';
import { type Problem, ProblemsError } from './problem.ts';
import { problemsOf } from './schema-problems.ts';

export type Path = readonly PropertyKey[];

/** A YAML file as data, with the line of each key kept for errors. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** The line, from 1, of the deepest part of the path that the file has. */
  lineOf(path: Path): number | undefined;
}

/** Throws a ProblemsError with the line of each syntax error. An empty file is an empty mapping. */
export function readDocument(file: string, text: string): YamlDocument {
  return readAs(file, text, 'core');
}

/** The same with every scalar as the text that it is: `0x3` stays `0x3`. */
export function readTexts(file: string, text: string): YamlDocument {
  return readAs(file, text, 'failsafe');
}

/** Numbers and truth values as the text that they are, as Go reads them where it wants a text; nothing stays null. */
export function readWritten(file: string, text: string): YamlDocument {
  return readAs(file, text, 'core', (document) =>
    visit(document, {
      Scalar(_, node) {
        if (typeof node.value === 'number' || typeof node.value === 'boolean') node.value = node.source;
      },
    }),
  );
}

function readAs(
  file: string,
  text: string,
  schema: 'core' | 'failsafe',
  change: (document: Document) => void = () => undefined,
): YamlDocument {
  const lines = new LineCounter();
  const document = parseYamlText(text, { lineCounter: lines, merge: true, prettyErrors: false, schema });
  if (document.errors.length > 0) {
    throw new ProblemsError(
      document.errors.map(({ pos, code, message }) =>
        yamlProblem(file, lines.linePos(pos[0]).line, code === 'MULTIPLE_DOCS' ? 'More than one document' : message),
      ),
    );
  }
  change(document);
  return {
    file,
    value: toValue(file, document),
    lineOf: (path) => lineOf(document.contents, path, lines),
  };
}

/** An alias that leads nowhere, or that unfolds into very much, is found only now. */
function toValue(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    throw new ProblemsError([yamlProblem(file, undefined, 'An alias (*) or a merge key (<<) cannot be followed')]);
  }
}

/** The parser quotes the source behind a colon or a backslash, and the source may be a secret. */
function yamlProblem(file: string, line: number | undefined, message: string): Problem {
  const [said = ''] = message.split(/: | \\/);
  const mend = 'Mend the YAML there; indentation and quotes are the usual causes';
  return { file, line, key: '', message: `found invalid YAML: ${said}`, mend };
}

function lineOf(root: Node | null, path: Path, lines: LineCounter): number | undefined {
  let node: unknown = root;
  let place = root?.range?.[0];
  for (const part of path) {
    const [key, next] = stepInto(node, part);
    if (next === undefined && key === undefined) break;
    place = key ?? place;
    node = next;
  }
  return place === undefined ? undefined : lines.linePos(place).line;
}

/** The offset of the key (or item) and the node behind it. */
function stepInto(node: unknown, part: PropertyKey): [number | undefined, unknown] {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
    return pair && isScalar(pair.key) ? [pair.key.range?.[0], pair.value] : [undefined, undefined];
  }
  if (isSeq(node)) {
    const item = node.items[Number(part)] as Node | undefined;
    return [item?.range?.[0], item];
  }
  return [undefined, undefined];
}

/** Checks a document against a schema; throws a ProblemsError that names every fault with its line. */
export function checkDocument<S extends z.ZodType>(schema: S, document: YamlDocument): z.output<S> {
  const result = schema.safeParse(document.value);
  if (result.success) return result.data;
  throw new ProblemsError(
    problemsOf(schema, document.value, result.error).map(({ path, message, mend }) =>
      problemAt(document, path, message, mend),
    ),
  );
}

/** A problem at a place of the document that only its own unit could find. */
export function problemAt(document: YamlDocument, path: Path, message: string, mend: string): Problem {
  return { file: document.file, line: document.lineOf(path), key: keyOf(path), message, mend };
}

/** `groups[0].rules[2].expr` */
export function keyOf(path: Path): string {
  return path.reduce<string>((key, part) => {
    if (typeof part === 'number') return `${key}[${part}]`;
    return key === '' ? String(part) : `${key}.${String(part)}`;
  }, '');
}
