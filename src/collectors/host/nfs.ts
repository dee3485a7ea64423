import { counter, type Sample, sample } from '../../model/sample.ts';
import { nfsClientOperations } from './nfs-operations.ts';
import { type HostPart, noDataWhereAbsent } from './part.ts';
import { operationsOf, parseRpcStats } from './rpc-stats.ts';

const packets = counter('node_nfs_packets_total', 'Packets of the NFS client, by protocol.', ['protocol']);
const requests = counter('node_nfs_requests_total', 'Requests of the NFS client, by operation.', ['method', 'proto']);
/** By their places in a line of /proc/net/rpc/nfs. */
const numbers = [
  ['net', 3, counter('node_nfs_connections_total', 'TCP connections of the NFS client.')],
  ['rpc', 0, counter('node_nfs_rpcs_total', 'Calls of the NFS client.')],
  ['rpc', 1, counter('node_nfs_rpc_retransmissions_total', 'Calls of the NFS client that were sent again.')],
  ['rpc', 2, counter('node_nfs_rpc_authentication_refreshes_total', "Refreshes of the NFS client's credentials.")],
] as const;

export const nfs: HostPart = {
  name: 'nfs',
  metrics: { packets, requests, ...Object.fromEntries(numbers.map(([, , metric]) => [metric.name, metric])) },
  async collect(view) {
    const lines = parseRpcStats(await view.read('net/rpc/nfs').catch(noDataWhereAbsent));
    const protocols = ['udp', 'tcp'].flatMap((protocol, index): readonly Sample[] => {
      const value = lines.get('net')?.[index + 1];
      return value === undefined ? [] : [sample(packets, { protocol }, value)];
    });
    const totals = numbers.flatMap(([line, column, metric]) => {
      const value = lines.get(line)?.[column];
      return value === undefined ? [] : [sample(metric, {}, value)];
    });
    const operations = Object.entries(nfsClientOperations).flatMap(([proto, names]) =>
      operationsOf(names, lines.get(`proc${proto}`)).map(([method, value]) =>
        sample(requests, { method, proto }, value),
      ),
    );
    return [...protocols, ...totals, ...operations];
  },
};
