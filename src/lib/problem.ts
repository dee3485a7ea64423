/** One thing wrong with what an operator wrote, said so that it can be mended without reading our source. */
export interface Problem {
  readonly file: string;
  /** From 1; absent where the thing has no place, such as an environment variable. */
  readonly line?: number | undefined;
  /** The key's path, `collectors.icmp.interval`; '' for the file as a whole. */
  readonly key: string;
  /** What was found, and what was expected. */
  readonly message: string;
  /** What to do, as a sentence without its full stop. */
  readonly mend: string;
}

/** `runnerwatch.yml:12: collectors.icmp.interval: found "30", expected a duration. Write it as 30s` */
export function formatProblem({ file, line, key, message, mend }: Problem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return `${place}: ${key === '' ? '' : `${key}: `}${message}. ${mend}`;
}

/** All problems of a load at once, so that an operator mends them in one round. */
export class ProblemsError extends Error {
  override readonly name = 'ProblemsError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}
