import { counter, sample } from '../../model/sample.ts';
import { type HostPart, linesOf, noDataWhereAbsent, numberOf, wordsOf } from './part.ts';

const running = counter('node_schedstat_running_seconds_total', 'Time that tasks ran, by processor.', ['cpu']);
const waiting = counter('node_schedstat_waiting_seconds_total', 'Time that tasks waited to run, by processor.', [
  'cpu',
]);
const timeslices = counter('node_schedstat_timeslices_total', 'Turns that tasks had, by processor.', ['cpu']);

interface CpuSchedule {
  readonly cpu: string;
  /** In nanoseconds. */
  readonly running: number;
  readonly waiting: number;
  readonly timeslices: number;
}

/** /proc/schedstat since version 15: the last three of a processor's nine numbers are its times and turns. */
export function parseSchedstat(text: string): readonly CpuSchedule[] {
  return linesOf(text).flatMap((line) => {
    const [name = '', ...words] = wordsOf(line);
    const cpu = /^cpu(\d+)$/.exec(name)?.[1];
    const [run, wait, slices] = words.slice(6, 9).map(numberOf);
    if (cpu === undefined || run === undefined || wait === undefined || slices === undefined) return [];
    return [{ cpu, running: run, waiting: wait, timeslices: slices }];
  });
}

const nanosecond = 1_000_000_000;

export const schedstat: HostPart = {
  name: 'schedstat',
  metrics: { running, waiting, timeslices },
  async collect(view) {
    const schedules = parseSchedstat(await view.read('schedstat').catch(noDataWhereAbsent));
    return schedules.flatMap(({ cpu, ...times }) => [
      sample(running, { cpu }, times.running / nanosecond),
      sample(waiting, { cpu }, times.waiting / nanosecond),
      sample(timeslices, { cpu }, times.timeslices),
    ]);
  },
};
