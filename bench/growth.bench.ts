import { setTimeout as delay } from 'node:timers/promises';
import { startFleet } from './support/fleet.ts';
import { cpuSeconds, printTable, ratio } from './support/measure.ts';
import { type Subject, startRunnerwatch } from './support/subject.ts';

/** What one more container costs, and whether the 200th costs more than the 20th. */
const windowSeconds = 60;
const scrapeEverySeconds = 15;

async function cpuPerMinute(subject: Subject): Promise<number> {
  const before = cpuSeconds(subject.pid);
  for (let second = 0; second < windowSeconds; second += scrapeEverySeconds) {
    await subject.scrape();
    await delay(scrapeEverySeconds * 1000);
  }
  return ((cpuSeconds(subject.pid) - before) * 60) / windowSeconds;
}

async function costOf(count: number): Promise<number> {
  await using _fleet = await startFleet(count);
  await using subject = await startRunnerwatch({});
  // Awaited here, or both would be gone before they are measured.
  return await cpuPerMinute(subject);
}

const [none, few, many] = [await costOf(0), await costOf(20), await costOf(200)];
const each = { few: (few - none) / 20, many: (many - none) / 200 };
printTable('CPU a minute by containers', [
  ['0 containers', `${none.toFixed(2)} s`],
  ['20 containers', `${few.toFixed(2)} s: ${(each.few * 1000).toFixed(1)} ms each`],
  ['200 containers', `${many.toFixed(2)} s: ${(each.many * 1000).toFixed(1)} ms each`],
  ['each of 200 against each of 20', ratio(each.many, each.few)],
]);
