import { deathToOnline, intervalMs, type Outage } from './support/healing/death-to-online.ts';
import { eventToRestart } from './support/healing/event-to-restart.ts';
import { printTable, quantile, ratio } from './support/measure.ts';

/**
 * How soon an unhealthy container is restarted, beside the polling of docker-autoheal at its usual 5 seconds, and how long a
 * runner whose listener was killed is away from GitHub.
 */
const restarts = 20;
const deaths = 4;

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function compared(ours: readonly number[], theirs: readonly number[], q: number, unit: (ms: number) => string): string {
  const [mine, other] = [quantile(ours, q), quantile(theirs, q)];
  return `${unit(mine)} against ${unit(other)}: ${ratio(mine, other)}`;
}

process.stderr.write(`${restarts} containers that become unhealthy, for each healer …\n`);
const delays = await eventToRestart(restarts);
const milliseconds = (ms: number): string => `${ms.toFixed(0)} ms`;
printTable(`from Docker's unhealthy event to the restart call, of ${restarts}, against autoheal's polling`, [
  ['median', compared(delays.runnerwatch, delays.autoheal, 0.5, milliseconds)],
  ['longest', compared(delays.runnerwatch, delays.autoheal, 1, milliseconds)],
]);

process.stderr.write(`${deaths} listeners that are killed, for each healer …\n`);
const { runnerwatch, autoheal } = await deathToOnline(deaths);
const online = (outages: readonly Outage[]): readonly number[] => outages.map(({ toOnline }) => toOnline);
const start = (outages: readonly Outage[]): readonly number[] =>
  outages.map(({ toOnline, toRestart }) => toOnline - toRestart);
printTable(`from a listener's death to GitHub online again, of ${deaths}, against autoheal's polling`, [
  ['health check', `every ${seconds(intervalMs)}, 3 retries`],
  ['median', compared(online(runnerwatch), online(autoheal), 0.5, seconds)],
  ['longest', compared(online(runnerwatch), online(autoheal), 1, seconds)],
  ["of it the runner's own start, median", compared(start(runnerwatch), start(autoheal), 0.5, seconds)],
  ['bound: interval and start', seconds(intervalMs + quantile(start(runnerwatch), 0.5))],
]);
