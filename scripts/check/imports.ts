import { globSync } from 'node:fs';
import { z } from 'zod';
import { type Outcome, run } from './run.ts';

/** What is used of dependency-cruiser's JSON report. */
const Report = z.object({
  modules: z.array(z.object({ source: z.string() })),
  summary: z.object({
    violations: z.array(
      z.object({
        from: z.string(),
        to: z.string(),
        rule: z.object({ name: z.string(), severity: z.string() }),
        cycle: z.array(z.object({ name: z.string() })).optional(),
      }),
    ),
    ruleSetUsed: z.object({ forbidden: z.array(z.object({ name: z.string(), comment: z.string() })) }),
  }),
});
type Report = z.output<typeof Report>;

/**
 * A cruise that reads nothing finds nothing: without a compiler that it knows, dependency-cruiser skips every `.ts`
 * file and passes. So the modules that it read are compared with the files that are there.
 */
function unread(report: Report, files: readonly string[]): string[] {
  const read = new Set(report.modules.map(({ source }) => source));
  return files.filter((file) => !read.has(file));
}

function violationLines(report: Report): string[] {
  const why = new Map(report.summary.ruleSetUsed.forbidden.map(({ name, comment }) => [name, comment]));
  return report.summary.violations.map(({ from, to, rule, cycle }) => {
    const path = cycle ? cycle.map(({ name }) => name).join(' → ') : to;
    return `${from} → ${path}\n  ${rule.name}: ${why.get(rule.name) ?? ''}`;
  });
}

/** The floors of `.dependency-cruiser.mjs`, and that dependency-cruiser really read every file under src. */
export async function checkImports(root: string): Promise<Outcome> {
  const args = ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'src'];
  const { stdout, output } = await run(root, 'depcruise', args);
  if (!stdout.startsWith('{')) return { ok: false, output };
  const report = Report.parse(JSON.parse(stdout));
  const files = globSync('src/**/*.ts', { cwd: root });
  const skipped = unread(report, files);
  const lines = violationLines(report);
  if (files.length === 0) lines.push('there is no .ts file under src');
  if (skipped.length > 0) {
    const read = files.length - skipped.length;
    lines.push(`dependency-cruiser read ${read} of ${files.length} files under src; ${skipped[0]} is not among them`);
  }
  return { ok: lines.length === 0, output: lines.join('\n') };
}
