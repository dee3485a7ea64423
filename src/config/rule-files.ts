import { fileURLToPath } from 'node:url';
import type { Problem } from '../lib/problem.ts';
import type { Origins } from './origins.ts';
import type { LoadPorts } from './ports.ts';
import { shippedRules } from './schema.ts';

interface RuleFiles {
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** The package's own directory: beside `src/` in a checkout, beside `dist/` when installed. */
const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

/** Finds the files behind `rules.files`. A plain path that is not there is an error, a glob without matches a warning. */
export async function findRuleFiles(
  patterns: readonly string[],
  origins: Origins,
  glob: LoadPorts['glob'],
): Promise<RuleFiles> {
  const found = await Promise.all(
    patterns.map(async (pattern, index) => {
      if (pattern === shippedRules) return { files: await glob('prometheus/rules/*.rules.yml', packageRoot) };
      const path = ['rules', 'files', index];
      const files = await glob(pattern, origins.baseOf(path));
      if (files.length > 0) return { files };
      if (/[*?[{]/.test(pattern)) return { warnings: [`rules.files: no file matches ${pattern}`] };
      const message = `found no file at ${pattern}, expected a Prometheus rule file`;
      return { problems: [origins.problemAt(path, message, 'Correct the path; a relative one starts at this file')] };
    }),
  );
  return {
    files: [...new Set(found.flatMap(({ files = [] }) => files))],
    problems: found.flatMap(({ problems = [] }) => problems),
    warnings: found.flatMap(({ warnings = [] }) => warnings),
  };
}
