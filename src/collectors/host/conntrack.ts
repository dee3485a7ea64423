import { gauge, sample } from '../../model/sample.ts';
import { integerOf } from './attributes.ts';
import { type HostPart, linesOf, NoData, readNet, wordsOf } from './part.ts';

const entries = gauge('node_nf_conntrack_entries', 'Connections that the firewall tracks.');
const limit = gauge('node_nf_conntrack_entries_limit', 'Connections that the firewall can track.');

/** By their names in the heading of /proc/net/stat/nf_conntrack. */
const stats = {
  found: stat('found', 'looked up and found'),
  invalid: stat('invalid', 'that could not be tracked'),
  ignore: stat('ignore', 'that were tracked already'),
  insert: stat('insert', 'entered into the table'),
  insert_failed: stat('insert_failed', 'that could not be entered into the table'),
  drop: stat('drop', 'dropped because tracking failed'),
  early_drop: stat('early_drop', 'dropped to make room in a full table'),
  search_restart: stat('search_restart', 'whose lookup began anew because the table changed'),
} as const;

function stat(name: string, what: string) {
  return gauge(`node_nf_conntrack_stat_${name}`, `Packets or entries ${what}, summed over the processors.`);
}

/** Column → its sum over the processors, a row of hexadecimal numbers each. */
export function parseConntrackStats(text: string): ReadonlyMap<string, number> {
  const [heading = '', ...rows] = linesOf(text);
  const names = wordsOf(heading);
  const sums = new Map<string, number>();
  for (const row of rows.map(wordsOf)) {
    if (row.length !== names.length || !row.every((word) => /^[0-9a-f]{1,16}$/i.test(word))) continue;
    for (const [index, name] of names.entries()) {
      sums.set(name, (sums.get(name) ?? 0) + Number.parseInt(row[index] ?? '0', 16));
    }
  }
  return sums;
}

export const conntrack: HostPart = {
  name: 'conntrack',
  metrics: { entries, limit, ...stats },
  async collect(view) {
    const files = view.attributes('sys/net/netfilter', ['nf_conntrack_count', 'nf_conntrack_max']);
    const count = integerOf(files.get('nf_conntrack_count'));
    if (count === undefined) throw new NoData('the firewall tracks no connections');
    const sums = parseConntrackStats(await readNet(view, 'stat/nf_conntrack').catch(() => ''));
    const totals = [
      [entries, count],
      [limit, integerOf(files.get('nf_conntrack_max'))],
      ...Object.entries(stats).map(([name, metric]) => [metric, sums.get(name)] as const),
    ] as const;
    return totals.flatMap(([metric, value]) => (value === undefined ? [] : [sample(metric, {}, value)]));
  },
};
