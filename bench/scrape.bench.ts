import { setTimeout as delay } from 'node:timers/promises';
import { docker } from '../test/support/docker-cli.ts';
import { startFleet } from './support/fleet.ts';
import { cpuSeconds, printTable, quantile, ratio, residentMiB, timed } from './support/measure.ts';
import { type Subject, startExporter, startRunnerwatch } from './support/subject.ts';

/**
 * A scrape of everything (host, 20 containers, 20 targets) beside node_exporter, which has the host alone, and beside
 * asking Docker for the statistics of the same 20 containers.
 */
const containers = 20;
const targets = Array.from({ length: 20 }, (_, index) => ({ name: `t${index}`, address: `127.0.1.${index + 1}` }));
const rounds = 200;
const steadySeconds = 60;
const scrapeEverySeconds = 15;

await using _fleet = await startFleet(containers);
await using ours = await startRunnerwatch({ targets });
await using peer = await startExporter('node_exporter');

async function turnsOf(subjects: readonly Subject[]): Promise<readonly number[][]> {
  const times = subjects.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, subject] of subjects.entries()) times[index]?.push(await timed(() => subject.scrape()));
  }
  return times;
}

/** Four scrapers at once, each without a pause. */
async function underLoad(subject: Subject): Promise<readonly number[]> {
  const times: number[] = [];
  const scraper = async (): Promise<void> => {
    for (let round = 0; round < rounds / 4; round++) times.push(await timed(() => subject.scrape()));
  };
  await Promise.all([scraper(), scraper(), scraper(), scraper()]);
  return times;
}

/** Processor seconds a minute while each is scraped every 15 s, as Prometheus does. */
async function steadyCpu(subjects: readonly Subject[]): Promise<readonly number[]> {
  const before = subjects.map(({ pid }) => cpuSeconds(pid));
  for (let second = 0; second < steadySeconds; second += scrapeEverySeconds) {
    await Promise.all(subjects.map((subject) => subject.scrape()));
    await delay(scrapeEverySeconds * 1000);
  }
  return subjects.map(({ pid }, index) => ((cpuSeconds(pid) - (before[index] ?? 0)) * 60) / steadySeconds);
}

await turnsOf([ours, peer]);
const [own = [], other = []] = await turnsOf([ours, peer]);
const [ownLoad, otherLoad] = [await underLoad(ours), await underLoad(peer)];
const ids = (await docker('ps', '--quiet', '--filter', 'name=runnerwatch-bench-')).split('\n');
const stats = await timed(() => docker('stats', '--no-stream', '--format', '{{.CPUPerc}}', ...ids));
const [ownCpu = 0, otherCpu = 0] = await steadyCpu([ours, peer]);

function compared(what: string, mine: number, theirs: number, unit: string): readonly [string, string] {
  return [what, `${mine.toFixed(2)} ${unit} against ${theirs.toFixed(2)} ${unit}: ${ratio(mine, theirs)}`];
}

printTable(`scrape of host, ${containers} containers, ${targets.length} targets against node_exporter (host alone)`, [
  compared('median', quantile(own, 0.5), quantile(other, 0.5), 'ms'),
  compared('p99', quantile(own, 0.99), quantile(other, 0.99), 'ms'),
  compared('p99 with 4 scrapers', quantile(ownLoad, 0.99), quantile(otherLoad, 0.99), 'ms'),
  compared('CPU a minute, scraped every 15 s', ownCpu, otherCpu, 's'),
  compared('resident memory', residentMiB(ours.pid), residentMiB(peer.pid), 'MiB'),
  compared('median against `docker stats` of the containers', quantile(own, 0.5), stats, 'ms'),
]);
