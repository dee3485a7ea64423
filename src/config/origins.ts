import { dirname } from 'node:path';
import { keyOf, type Path, problemAt, type YamlDocument } from '../lib/document.ts';
import type { Problem } from '../lib/problem.ts';
import type { EnvironmentValue } from './environment.ts';
import { startsWith } from './keys.ts';

/** Where each key was written: in the environment, in the file, or nowhere. */
export interface Origins {
  /** The problem at the place that the operator has to mend. */
  problemAt(path: Path, message: string, mend: string): Problem;
  /** The directory that relative paths at this key start from. */
  baseOf(path: Path): string;
}

interface OriginParts {
  readonly document: YamlDocument | undefined;
  /** The absolute path of the document. */
  readonly file: string | undefined;
  readonly entries: readonly EnvironmentValue[];
  readonly cwd: string;
}

export function createOrigins({ document, file, entries, cwd }: OriginParts): Origins {
  const entryOf = (path: Path) => entries.find((entry) => startsWith(path, entry.path));
  return {
    problemAt: (path, message, mend) => {
      const entry = entryOf(path);
      if (document && !entry) return problemAt(document, path, message, mend);
      const key = entry ? keyOf([entry.variable, ...path.slice(entry.path.length)]) : keyOf(path);
      return { file: 'environment', key, message, mend };
    },
    baseOf: (path) => (file === undefined || entryOf(path) ? cwd : dirname(file)),
  };
}
