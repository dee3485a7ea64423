import { counter, gauge, type MetricDef, sample } from '../../model/sample.ts';
import { type HostPart, linesOf, readNet, wordsOf } from './part.ts';

/** Columns of /proc/net/softnet_stat, as the kernel's net-procfs.c prints them; kernels add columns at the end. */
const columns: readonly (readonly [number, MetricDef<'cpu'>])[] = [
  [0, counter('node_softnet_processed_total', 'Packets processed.', ['cpu'])],
  [1, counter('node_softnet_dropped_total', 'Packets dropped because the backlog was full.', ['cpu'])],
  [2, counter('node_softnet_times_squeezed_total', 'Times that processing ran out of its budget.', ['cpu'])],
  [8, counter('node_softnet_cpu_collision_total', 'Times that a device was locked by another processor.', ['cpu'])],
  [9, counter('node_softnet_received_rps_total', 'Times that another processor asked to receive packets.', ['cpu'])],
  [10, counter('node_softnet_flow_limit_count_total', 'Times that the limit of a flow was reached.', ['cpu'])],
  [11, gauge('node_softnet_backlog_len', 'Packets in the backlog.', ['cpu'])],
];
const cpuColumn = 12;

interface Softnet {
  readonly cpu: string;
  readonly values: readonly number[];
}

export function parseSoftnet(text: string): readonly Softnet[] {
  return linesOf(text).flatMap((line, index) => {
    const words = wordsOf(line);
    if (words.length < 9 || !words.every((word) => /^[0-9a-f]{8}$/i.test(word))) return [];
    const values = words.map((word) => Number.parseInt(word, 16));
    // A processor that is off has no line, so that its number is in the line since there is a column for it.
    return [{ cpu: String(values[cpuColumn] ?? index), values }];
  });
}

export const softnet: HostPart = {
  name: 'softnet',
  metrics: Object.fromEntries(columns.map(([, metric]) => [metric.name, metric])),
  async collect(view) {
    return parseSoftnet(await readNet(view, 'softnet_stat')).flatMap(({ cpu, values }) =>
      columns.flatMap(([column, metric]) => {
        const value = values[column];
        return value === undefined ? [] : [sample(metric, { cpu }, value)];
      }),
    );
  },
};
