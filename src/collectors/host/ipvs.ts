import { counter, gauge, sample } from '../../model/sample.ts';
import { parseIpvs, parseIpvsStats } from './ipvs-table.ts';
import { byName, type HostPart, noDataWhereAbsent } from './part.ts';

const totals = [
  counter('node_ipvs_connections_total', 'Connections that IPVS made.'),
  counter('node_ipvs_incoming_packets_total', 'Packets that came in through IPVS.'),
  counter('node_ipvs_outgoing_packets_total', 'Packets that went out through IPVS.'),
  counter('node_ipvs_incoming_bytes_total', 'Bytes that came in through IPVS.'),
  counter('node_ipvs_outgoing_bytes_total', 'Bytes that went out through IPVS.'),
];
const labels = ['local_address', 'local_port', 'remote_address', 'remote_port', 'proto', 'local_mark'] as const;
const active = gauge('node_ipvs_backend_connections_active', 'Active connections of a backend.', labels);
const inactive = gauge('node_ipvs_backend_connections_inactive', 'Inactive connections of a backend.', labels);
const weight = gauge('node_ipvs_backend_weight', 'Weight of a backend.', labels);

export const ipvs: HostPart = {
  name: 'ipvs',
  metrics: byName([...totals, active, inactive, weight]),
  async collect(view) {
    const [stats, table] = await Promise.all(['net/ip_vs_stats', 'net/ip_vs'].map((file) => view.read(file))).catch(
      noDataWhereAbsent,
    );
    const sums = parseIpvsStats(stats ?? '');
    const sumSamples = totals.flatMap((metric, index) => {
      const value = sums[index];
      return value === undefined ? [] : [sample(metric, {}, value)];
    });
    const backends = parseIpvs(table ?? '').flatMap(({ labels: on, ...backend }) => [
      sample(active, on, backend.active),
      sample(inactive, on, backend.inactive),
      sample(weight, on, backend.weight),
    ]);
    return [...sumSamples, ...backends];
  },
};
