import { gauge, type Sample, sample } from '../../model/sample.ts';
import { type HostPart, linesOf, NoData, readNet } from './part.ts';

const queued = gauge('node_udp_queues', 'Bytes in the queues of all UDP sockets.', ['queue', 'ip']);

/** The bytes to send and to be read, summed over the sockets of /proc/net/udp: its fifth word is `tx:rx` in hex. */
export function parseUdpQueues(text: string): { readonly tx: number; readonly rx: number } {
  let tx = 0;
  let rx = 0;
  for (const line of linesOf(text)) {
    const [, sent = '', received = ''] = /^\s*\d+: \S+ \S+ [0-9A-F]{2} ([0-9A-F]{8}):([0-9A-F]{8}) /i.exec(line) ?? [];
    if (sent === '') continue;
    tx += Number.parseInt(sent, 16);
    rx += Number.parseInt(received, 16);
  }
  return { tx, rx };
}

export const udpQueues: HostPart = {
  name: 'udp_queues',
  metrics: { queued },
  async collect(view) {
    const families = [
      ['v4', 'udp'],
      ['v6', 'udp6'],
    ] as const;
    const texts = await Promise.all(families.map(([, file]) => readNet(view, file).catch(() => undefined)));
    if (texts.every((text) => text === undefined)) throw new NoData('there are no UDP sockets to see');
    return families.flatMap(([ip], index) => samplesOf(ip, texts[index]));
  },
};

function samplesOf(ip: string, text: string | undefined): readonly Sample[] {
  if (text === undefined) return [];
  const { tx, rx } = parseUdpQueues(text);
  return [sample(queued, { ip, queue: 'tx' }, tx), sample(queued, { ip, queue: 'rx' }, rx)];
}
