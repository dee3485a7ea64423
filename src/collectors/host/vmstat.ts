import { fieldOf, sample, untyped } from '../../model/sample.ts';
import { type HostPart, linesOf, numberOf, wordsOf } from './part.ts';

const statistic = untyped('node_vmstat_<field>', 'Virtual memory: <field> of /proc/vmstat.');

/** What node_exporter selects by default; it gives them no type, and their names lack `_total` although they count up. */
const selected = /^(oom_kill|pgpg|pswp|pg.*fault)/;

export function parseVmstat(text: string): ReadonlyMap<string, number> {
  const fields = new Map<string, number>();
  for (const line of linesOf(text)) {
    const [name = '', word, ...rest] = wordsOf(line);
    const value = numberOf(word);
    if (value !== undefined && rest.length === 0) fields.set(name, value);
  }
  return fields;
}

export const vmstat: HostPart = {
  name: 'vmstat',
  metrics: { statistic },
  async collect(view) {
    const fields = [...parseVmstat(await view.read('vmstat'))].filter(([field]) => selected.test(field));
    return fields.map(([field, value]) => sample(fieldOf(statistic, field), {}, value));
  },
};
