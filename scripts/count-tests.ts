import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/**
 * `count-tests.ts <report> <exit code>` prints `passed failed` of a vitest JSON report. In CI every service is there,
 * so a skipped or unfinished test is a failed one; so is a file that did not load, a run that ended badly with no
 * failed test to show for it, and a report that is missing or without any test.
 */
const Report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});
type Report = z.output<typeof Report>;

async function read(path: string): Promise<Report> {
  try {
    return Report.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return { testResults: [] };
  }
}

function notPassed({ testResults }: Report): string[] {
  return testResults.flatMap(({ name, status, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status !== 'passed');
    if (tests.length === 0 && status !== 'passed') return [`${name} (${status})`];
    return tests.map((test) => `${test.fullName} (${test.status})`);
  });
}

const [path = '', exitCode = '1'] = process.argv.slice(2);
const report = await read(path);
const bad = notPassed(report);
const passed = report.testResults.flatMap((file) => file.assertionResults).filter(({ status }) => status === 'passed');
if (bad.length === 0 && (exitCode !== '0' || passed.length === 0)) bad.push(`the test run (exit code ${exitCode})`);
for (const name of bad) console.error(`not passed: ${name}`);
console.log(`${passed.length} ${bad.length}`);
