import { fieldOf, gauge, type Sample, sample } from '../../model/sample.ts';
import { type HostPart, linesOf, numberOf, readNet, wordsOf } from './part.ts';

const statistic = gauge('node_sockstat_<field>', 'Sockets: <field>, as <protocol>_<name>.');

/** `TCP: inuse 4 orphan 0 mem 3` of /proc/net/sockstat, as `TCP_inuse` → 4, …; `mem` is in pages. */
export function parseSockstat(text: string): ReadonlyMap<string, number> {
  const fields = new Map<string, number>();
  for (const line of linesOf(text)) {
    const [, protocol, rest = ''] = /^(\w+): (.*)$/.exec(line) ?? [];
    const words = wordsOf(rest);
    for (let index = 0; protocol !== undefined && index + 1 < words.length; index += 2) {
      const value = numberOf(words[index + 1]);
      if (value !== undefined) fields.set(`${protocol}_${words[index]}`, value);
    }
  }
  return fields;
}

export const sockstat: HostPart = {
  name: 'sockstat',
  metrics: { statistic },
  async collect(view) {
    // A kernel without IPv6 has no second file.
    const files = await Promise.all([readNet(view, 'sockstat'), readNet(view, 'sockstat6').catch(() => '')]);
    return files.flatMap((file) =>
      [...parseSockstat(file)].flatMap(([field, value]) => samplesOf(field, value, view.pageSize())),
    );
  },
};

function samplesOf(field: string, value: number, pageSize: number): readonly Sample[] {
  const own = sample(fieldOf(statistic, field), {}, value);
  if (field !== 'TCP_mem' && field !== 'UDP_mem') return [own];
  return [own, sample(fieldOf(statistic, `${field}_bytes`), {}, value * pageSize)];
}
