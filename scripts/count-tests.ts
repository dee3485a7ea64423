import { readFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

/**
 * `count-tests.ts <report> <exit code>` prints `passed failed` of a vitest JSON report. In CI every service is there,
 * so a skipped or unfinished test is a failed one; so is a file that did not load, a run that ended badly with no
 * failed test to show for it, and a report that is missing or without any test. Each is named, with the beginning of what
 * it said: the end of a long log is what is read of it.
 */
const Report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).default([]) }),
      ),
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

/** The first lines, cut where they are long. */
function beginning(text: string): string {
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines
    .slice(0, 12)
    .map((line) => `\n    ${line.slice(0, 200)}`)
    .join('');
}

function notPassed({ testResults }: Report): string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status !== 'passed');
    if (tests.length === 0 && status !== 'passed') return [`${name} (${status})${beginning(message)}`];
    return tests.map(
      ({ fullName, status, failureMessages }) => `${fullName} (${status})${beginning(failureMessages.join('\n'))}`,
    );
  });
}

const [path = '', exitCode = '1'] = process.argv.slice(2);
const report = await read(path);
const bad = notPassed(report);
const passed = report.testResults.flatMap((file) => file.assertionResults).filter(({ status }) => status === 'passed');
if (bad.length === 0 && (exitCode !== '0' || passed.length === 0)) bad.push(`the test run (exit code ${exitCode})`);
for (const name of bad) console.error(`not passed: ${name}`);
console.log(`${passed.length} ${bad.length}`);
