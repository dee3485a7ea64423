import type { Path } from '../lib/document.ts';

/** Takes note of one fault at a place of the file; loading goes on, so that all are found at once. */
export type Report = (path: Path, message: string, mend: string) => void;

export function below(report: Report, base: Path): Report {
  return (path, message, mend) => report([...base, ...path], message, mend);
}
