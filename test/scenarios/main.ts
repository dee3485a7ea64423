import { parseArgs } from 'node:util';
import { needs } from '../support/services.ts';
import { catalogue } from './catalogue/index.ts';
import type { Fault } from './fault.ts';
import { startPool } from './pool.ts';
import type { Report } from './run.ts';
import type { Mode } from './settings.ts';
import { isRight, summaryOf, tableOf } from './table.ts';

const help = `npm run scenarios [-- OPTIONS]

Breaks real runners on private machines, one fault after the other, and says what Runnerwatch saw, did and healed. Needs
root and Docker; npm run services installs what is missing. The exit code is 1 where something was not as it must be.

  --only NAME,…      these faults only
  --mode MODE        embedded: Runnerwatch evaluates and routes itself (the default)
                     external: a real Prometheus and a real Alertmanager do, with the same files
  --jobs N           how many at a time (3)
  --list             the faults, and ends
  --help`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    mode: { type: 'string', default: 'embedded' },
    jobs: { type: 'string', default: '3' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function chosen(only: string | undefined): readonly Fault[] {
  const names = only?.split(',');
  const unknown = names?.find((name) => !catalogue.some((fault) => fault.name === name));
  if (unknown !== undefined) throw new Error(`found no fault ${unknown}; --list names them`);
  return names ? catalogue.filter(({ name }) => names.includes(name)) : catalogue;
}

function modeOf(text: string): Mode {
  if (text === 'embedded' || text === 'external') return text;
  throw new Error(`found the mode ${text}; expected embedded or external`);
}

function jobsOf(text: string): number {
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs > 0) return jobs;
  throw new Error(`found ${text} for --jobs; expected a number from 1 on`);
}

/** Of a reason, which may hold the output of a process. */
const longest = 1500;

/** All of them, so many at a time, with a line for each that ends. */
async function runAll(faults: readonly Fault[], mode: Mode, jobs: number): Promise<readonly Report[]> {
  await using pool = await startPool(jobs);
  const end = (): void => void pool[Symbol.asyncDispose]().finally(() => process.exit(130));
  process.once('SIGINT', end).once('SIGTERM', end);
  let done = 0;
  const runs = faults.map(async (fault) => {
    const report = await pool.run(fault, mode);
    done += 1;
    console.log(`[${done}/${faults.length}] ${fault.name} ${isRight(report) ? 'ok' : 'FAILED'}`);
    for (const why of [...report.missing, ...report.harm]) console.log(`  ${why.slice(0, longest)}`);
    return report;
  });
  return await Promise.all(runs);
}

async function main(): Promise<boolean> {
  if (values.help) console.log(help);
  const faults = chosen(values.only);
  if (values.list) for (const { name, says } of faults) console.log(`${name.padEnd(26)} ${says}`);
  if (values.help || values.list) return true;
  const [mode, jobs] = [modeOf(values.mode), jobsOf(values.jobs)];
  if (needs('docker') || needs('compose') || needs('netns')) return false;
  const reports = await runAll(faults, mode, jobs);
  const { lines, details, isGood } = summaryOf(reports);
  console.log(['', tableOf(reports), '', ...details, ...lines].join('\n'));
  return isGood && reports.every(isRight);
}

process.exitCode = await main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  })
  .then((good) => (typeof good === 'number' ? good : Number(!good)));
