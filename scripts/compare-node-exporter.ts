/**
 * Reads this machine with Runnerwatch's host collector and with the node_exporter that is installed, at the same
 * time, and prints name by name what is missing and what differs. Fails below 95 % of the names.
 */
import { compareWithNodeExporter } from '../test/support/node-exporter.ts';

const enough = 0.95;

function list(title: string, lines: readonly string[]): void {
  console.log(`${title}: ${lines.length}`);
  for (const line of lines) console.log(`  ${line}`);
}

const rounds = Number(process.argv[2] ?? 5);
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) {
  console.error('usage: node scripts/compare-node-exporter.ts [rounds, 1 to 100]');
  process.exit(2);
}
const difference = await compareWithNodeExporter(rounds);
const found = difference.families - difference.missingFamilies.length;
list('missing names', difference.missingFamilies);
list('other types', difference.types);
list('missing series', difference.missing);
list('further series', difference.extra);
list('other values', difference.values);
console.log(
  `${found} of ${difference.families} names (${((found / difference.families) * 100).toFixed(1)} %), ` +
    `${difference.compared} series compared`,
);
process.exitCode = found / difference.families >= enough && difference.values.length === 0 ? 0 : 1;
