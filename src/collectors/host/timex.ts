import { counter, gauge, type MetricDef, sample } from '../../model/sample.ts';
import type { Timex } from '../../sources/procfs/procfs.ts';
import { byName, type HostPart, NoData } from './part.ts';

/** TIME_ERROR: the clock is not synchronised. STA_NANO: the offset and the jitter are in ns instead of µs. */
const unsynchronised = 5;
const staNano = 0x2000;
/** Frequencies are parts per million, scaled by 2^16. */
const ppm = 65_536_000_000;

type Row = readonly [MetricDef<never>, (timex: Timex) => number];

const rows: readonly Row[] = [
  [
    named('sync_status', 'Whether the clock is synchronised (1) or not (0).'),
    ({ state }) => Number(state !== unsynchronised),
  ],
  [named('offset_seconds', 'Offset to the reference clock.'), (timex) => timex.offset / fraction(timex)],
  [named('frequency_adjustment_ratio', 'Ratio by which the frequency is adjusted.'), ({ freq }) => 1 + freq / ppm],
  [named('maxerror_seconds', 'Largest possible error of the clock.'), ({ maxerror }) => maxerror / 1e6],
  [named('estimated_error_seconds', 'Estimated error of the clock.'), ({ esterror }) => esterror / 1e6],
  [named('status', 'Bits of the status of adjtimex(2).'), ({ status }) => status],
  [named('loop_time_constant', 'Time constant of the phase-locked loop.'), ({ constant }) => constant],
  [named('tick_seconds', 'Seconds between two ticks of the clock.'), ({ tick }) => tick / 1e6],
  [named('pps_frequency_hertz', 'Frequency of the pulse per second.'), ({ ppsfreq }) => ppsfreq / ppm],
  [named('pps_jitter_seconds', 'Jitter of the pulse per second.'), (timex) => timex.jitter / fraction(timex)],
  [named('pps_shift_seconds', 'Duration of the interval of the pulse per second.'), ({ shift }) => shift],
  [named('pps_stability_hertz', 'Stability of the pulse per second.'), ({ stabil }) => stabil / ppm],
  [counted('pps_jitter_total', 'Times that the jitter was above its limit.'), ({ jitcnt }) => jitcnt],
  [counted('pps_calibration_total', 'Intervals of calibration by the pulse per second.'), ({ calcnt }) => calcnt],
  [counted('pps_error_total', 'Errors of calibration by the pulse per second.'), ({ errcnt }) => errcnt],
  [counted('pps_stability_exceeded_total', 'Times that the stability was above its limit.'), ({ stbcnt }) => stbcnt],
  [named('tai_offset_seconds', 'Offset of the International Atomic Time to UTC.'), ({ tai }) => tai],
];

function named(name: string, help: string): MetricDef<never> {
  return gauge(`node_timex_${name}`, help);
}

function counted(name: string, help: string): MetricDef<never> {
  return counter(`node_timex_${name}`, help);
}

function fraction({ status }: Timex): number {
  return (status & staNano) === 0 ? 1e6 : 1e9;
}

export const timex: HostPart = {
  name: 'timex',
  metrics: byName(rows.map(([metric]) => metric)),
  async collect(view) {
    const answer = await view.timex().catch((cause: unknown) => {
      throw new NoData('adjtimex(2) could not be asked', { cause });
    });
    return rows.map(([metric, read]) => sample(metric, {}, read(answer)));
  },
};
