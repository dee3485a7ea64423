import { fieldOf, sample, untyped } from '../../model/sample.ts';
import { type HostPart, linesOf, numberOf, readNet, wordsOf } from './part.ts';

const statistic = untyped('node_netstat_<field>', 'Network statistic <field>, as <protocol>_<name>.');

/** What node_exporter selects by default; each field's kind depends on its name only, so it gives none a type. */
const selected = new RegExp(
  `^(${[
    '.*_(InErrors|InErrs)',
    'Ip_Forwarding',
    'Ip(6|Ext)_(InOctets|OutOctets)',
    'Icmp6?_(InMsgs|OutMsgs)',
    'TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)',
    'Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)',
    'Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors)',
  ].join('|')})$`,
);

type Fields = ReadonlyMap<string, number>;

/** /proc/net/snmp and netstat: `Tcp: RtoMin CurrEstab`, then `Tcp: 200 4`; as `Tcp_CurrEstab` → 4. */
export function parseNetstat(text: string): Fields {
  const fields = new Map<string, number>();
  const lines = linesOf(text).map(wordsOf);
  for (const [index, [protocol = '', ...names]] of lines.entries()) {
    const [next, ...values] = lines[index + 1] ?? [];
    if (index % 2 === 1 || next !== protocol || names.length !== values.length) continue;
    for (const [column, name] of names.entries()) {
      const value = numberOf(values[column]);
      if (value !== undefined) fields.set(`${protocol.replace(/:$/, '')}_${name}`, value);
    }
  }
  return fields;
}

/** /proc/net/snmp6: `Udp6InErrors 0` a line, as `Udp6_InErrors` → 0. */
export function parseSnmp6(text: string): Fields {
  const fields = new Map<string, number>();
  for (const line of linesOf(text)) {
    const [, protocol, name, word] = /^([A-Za-z]+6)(\w+)\s+(\d+)\s*$/.exec(line) ?? [];
    const value = numberOf(word);
    if (value !== undefined) fields.set(`${protocol}_${name}`, value);
  }
  return fields;
}

export const netstat: HostPart = {
  name: 'netstat',
  metrics: { statistic },
  async collect(view) {
    const [protocols, extensions, version6] = await Promise.all([
      readNet(view, 'snmp'),
      readNet(view, 'netstat'),
      // A kernel without IPv6 has no such file.
      readNet(view, 'snmp6').catch(() => ''),
    ]);
    const fields = [...parseNetstat(protocols), ...parseNetstat(extensions), ...parseSnmp6(version6)];
    return fields
      .filter(([field]) => selected.test(field))
      .map(([field, value]) => sample(fieldOf(statistic, field), {}, value));
  },
};
