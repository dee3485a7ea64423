import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { printTable, quantile, ratio, residentMiB } from './support/measure.ts';
import { createEmbedded, type Turns } from './support/rules/embedded.ts';
import { eventToWebhook } from './support/rules/event.ts';
import { startBeside } from './support/rules/prometheus.ts';
import { hostCount, type Mood, quiet, ruleCount, seriesCount, startWorld, stormy } from './support/rules/world.ts';

/**
 * 1,000 rules over 20,000 series, with hardly any alert and with 7,000: how long the embedded engine takes, beside a real
 * Prometheus with the same group over the same series. Then what a series takes of memory, and how long it is from
 * Docker's event to the webhook that a receiver accepted.
 */
/** Long enough that Prometheus is at rest between two evaluations. */
const intervalSeconds = 5;
const rounds = 15;

function progress(text: string): void {
  process.stderr.write(`${text} …\n`);
}

interface Theirs {
  /** In the order of the moods. */
  readonly durations: readonly (readonly number[])[];
  readonly points: number;
  readonly bytesOfSeries: number;
}

const moods = [quiet, stormy];

/** Prometheus has the machine to itself, as the embedded engine has after it. */
async function besidePrometheus(): Promise<Theirs> {
  await using world = await startWorld();
  await using prometheus = await startBeside(world, intervalSeconds);
  const durations: (readonly number[])[] = [];
  for (const mood of moods) {
    progress(`${mood.name}: ${rounds} evaluations by Prometheus`);
    durations.push(await prometheus.durations(mood, rounds));
    expectAlerts('Prometheus', await prometheus.alerts(), mood);
  }
  await using idle = await startBeside(undefined, intervalSeconds);
  const grown = residentMiB(prometheus.pid) - residentMiB(idle.pid);
  const points = await prometheus.scrapes();
  return { durations, points, bytesOfSeries: (grown * 1024 * 1024) / seriesCount };
}

async function embedded(mood: Mood): Promise<Turns> {
  progress(`${mood.name}: ${rounds} evaluations by the embedded engine`);
  using engine = createEmbedded(intervalSeconds);
  // Prometheus had some before it was measured too.
  await engine.turns(mood, 5);
  const turns = await engine.turns(mood, rounds);
  expectAlerts('the embedded engine', turns.alerts, mood);
  return turns;
}

/** What did not see the alerts did not do the work. */
function expectAlerts(who: string, found: number, { rules, hosts }: Mood): void {
  if (found !== rules * hosts) throw new Error(`found ${found} alerts in ${who}, expected ${rules * hosts}`);
}

function compared(ours: readonly number[], theirs: readonly number[], q: number): string {
  const [mine, other] = [quantile(ours, q), quantile(theirs, q)];
  return `${mine.toFixed(1)} ms against ${other.toFixed(1)} ms: ${ratio(mine, other)}`;
}

function printEvaluations({ name }: Mood, ours: Turns, theirs: readonly number[]): void {
  printTable(`${ruleCount} rules over ${seriesCount} series, ${name}, against Prometheus`, [
    ['group, median', compared(ours.group, theirs, 0.5)],
    ['group, p99', compared(ours.group, theirs, 0.99)],
    ['with state, grouping and telling, median', `${quantile(ours.whole, 0.5).toFixed(1)} ms`],
    ['with state, grouping and telling, p99', `${quantile(ours.whole, 0.99).toFixed(1)} ms`],
    ['event-loop delay p99 of a turn, median', `${quantile(ours.delay, 0.5).toFixed(1)} ms`],
    ['event-loop delay p99 at rest, median', `${quantile(ours.restDelay, 0.5).toFixed(1)} ms`],
  ]);
}

/** Both with the same number of points; Prometheus' is what it has more than one without series and rules. */
function printMemory({ points, bytesOfSeries: theirs }: Theirs): void {
  const script = join(import.meta.dirname, 'support/rules/history-memory.script.ts');
  const args = ['--expose-gc', '--max-semi-space-size=2', script, String(points)];
  const ours = Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  printTable(`memory of a series with ${points} points, by what the process grew`, [
    ['history against Prometheus', `${ours.toFixed(0)} B against ${theirs.toFixed(0)} B: ${ratio(ours, theirs)}`],
  ]);
}

progress(`${ruleCount} metrics of ${hostCount} hosts`);
const theirs = await besidePrometheus();
for (const [index, mood] of moods.entries())
  printEvaluations(mood, await embedded(mood), theirs.durations[index] ?? []);
printMemory(theirs);
progress('events');
const times = await eventToWebhook();
printTable("Docker's event to the webhook that was accepted", [
  ['events', String(times.length)],
  ['median', `${quantile(times, 0.5).toFixed(0)} ms`],
  ['p99', `${quantile(times, 0.99).toFixed(0)} ms`],
]);
