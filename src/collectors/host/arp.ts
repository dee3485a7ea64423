import { gauge, sample } from '../../model/sample.ts';
import { type HostPart, linesOf, readNet, wordsOf } from './part.ts';

const entries = gauge('node_arp_entries', 'Entries of the ARP table, by device.', ['device']);

/** Device → entries, from /proc/net/arp: six columns below a heading, the device last. */
export function parseArp(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of linesOf(text).slice(1)) {
    const words = wordsOf(line);
    const device = words.length === 6 ? words[5] : undefined;
    if (device !== undefined) counts.set(device, (counts.get(device) ?? 0) + 1);
  }
  return counts;
}

export const arp: HostPart = {
  name: 'arp',
  metrics: { entries },
  async collect(view) {
    return [...parseArp(await readNet(view, 'arp'))].map(([device, count]) => sample(entries, { device }, count));
  },
};
