import { gauge, sample } from '../../model/sample.ts';
import { type HostPart, linesOf, numberOf, wordsOf } from './part.ts';

const metrics = {
  load1: gauge('node_load1', 'Load average over 1 minute.'),
  load5: gauge('node_load5', 'Load average over 5 minutes.'),
  load15: gauge('node_load15', 'Load average over 15 minutes.'),
} as const;

/** The averages over 1, 5 and 15 minutes; undefined where the text is no /proc/loadavg. */
export function parseLoadavg(text: string): readonly [number, number, number] | undefined {
  const [one, five, fifteen] = wordsOf(linesOf(text)[0] ?? '').map(numberOf);
  return one === undefined || five === undefined || fifteen === undefined ? undefined : [one, five, fifteen];
}

export const loadavg: HostPart = {
  name: 'loadavg',
  metrics,
  async collect(view) {
    const averages = parseLoadavg(await view.read('loadavg'));
    if (!averages) throw new Error('loadavg has an unknown format');
    const [one, five, fifteen] = averages;
    return [sample(metrics.load1, {}, one), sample(metrics.load5, {}, five), sample(metrics.load15, {}, fifteen)];
  },
};
