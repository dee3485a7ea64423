import { counter, type MetricDef, type Sample, sample } from '../../model/sample.ts';
import { integerOf } from './attributes.ts';
import { type HostPart, type HostView, linesOf, numberOf, readNet, wordsOf } from './part.ts';

const received = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'frame', 'compressed', 'multicast'] as const;
const sent = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'colls', 'carrier', 'compressed'] as const;

function family(direction: 'receive' | 'transmit', column: string): MetricDef<'device'> {
  return counter(
    `node_network_${direction}_${column}_total`,
    `The counter ${column} of what network devices ${direction}.`,
    ['device'],
  );
}

/** In the order of the columns of /proc/net/dev, which no kernel since 2.2 has changed. */
const columns = [
  ...received.map((column) => family('receive', column)),
  ...sent.map((column) => family('transmit', column)),
];

interface Interface {
  readonly device: string;
  readonly values: readonly number[];
}

export function parseNetDev(text: string): readonly Interface[] {
  return linesOf(text).flatMap((line) => {
    // The name ends at the last colon, because an alias has one of its own; old kernels put no space after it.
    const [, device, rest = ''] = /^\s*(\S+):\s*([\d\s]+)$/.exec(line) ?? [];
    const values = wordsOf(rest).map(numberOf);
    const isWhole = values.length === columns.length && values.every((value) => value !== undefined);
    return device && isWhole ? [{ device, values }] : [];
  });
}

/** Packets for which no protocol was registered: only sysfs has them. */
const noHandler = family('receive', 'nohandler');

export const netdev: HostPart = {
  name: 'netdev',
  metrics: Object.fromEntries([...columns, noHandler].map((metric) => [metric.name, metric])),
  async collect(view) {
    const interfaces = parseNetDev(await readNet(view, 'dev'));
    return interfaces
      .filter(({ device }) => !view.exclude.interfaces(device))
      .flatMap(({ device, values }) => [
        ...columns.map((metric, index) => sample(metric, { device }, values[index] ?? 0)),
        ...unhandled(view, device),
      ]);
  },
};

function unhandled({ sys }: HostView, device: string): readonly Sample[] {
  const statistics = sys.attributes(`class/net/${device}/statistics`, ['rx_nohandler']);
  const packets = integerOf(statistics.get('rx_nohandler'));
  return packets === undefined ? [] : [sample(noHandler, { device }, packets)];
}
