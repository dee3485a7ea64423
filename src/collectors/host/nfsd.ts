import { counter, gauge, type MetricDef, type Sample, sample } from '../../model/sample.ts';
import { nfsServerOperations } from './nfs-operations.ts';
import { byName, type HostPart, noDataWhereAbsent } from './part.ts';
import { operationsOf, parseRpcStats } from './rpc-stats.ts';

const packets = counter('node_nfsd_packets_total', 'Packets of the NFS server, by protocol.', ['proto']);
const errors = counter('node_nfsd_rpc_errors_total', 'Calls that the NFS server could not take, by what was bad.', [
  'error',
]);
const requests = counter('node_nfsd_requests_total', 'Requests to the NFS server, by operation.', ['method', 'proto']);

type Place<L extends string> = readonly [line: string, column: number, metric: MetricDef<L>];

function total(line: string, column: number, name: string, help: string): Place<never> {
  return [line, column, counter(`node_nfsd_${name}_total`, `NFS server: ${help}.`)];
}

/** By their places in a line of /proc/net/rpc/nfsd. */
const numbers: readonly Place<never>[] = [
  total('rc', 0, 'reply_cache_hits', 'requests that were in the cache of replies'),
  total('rc', 1, 'reply_cache_misses', 'requests that were not in the cache of replies'),
  total('rc', 2, 'reply_cache_nocache', 'requests that need no cache of replies'),
  total('fh', 0, 'file_handles_stale', 'file handles that were stale'),
  total('io', 0, 'disk_bytes_read', 'bytes read from disks'),
  total('io', 1, 'disk_bytes_written', 'bytes written to disks'),
  ['th', 0, gauge('node_nfsd_server_threads', 'NFS server: threads.')],
  ['ra', 0, gauge('node_nfsd_read_ahead_cache_size_blocks', 'NFS server: size of the cache of what is read ahead.')],
  total('ra', 11, 'read_ahead_cache_not_found', 'reads that were not in the cache of what is read ahead'),
  total('net', 3, 'connections', 'TCP connections'),
  total('rpc', 0, 'server_rpcs', 'calls'),
];
const packetColumns = { udp: 1, tcp: 2 } as const;
const errorColumns = { fmt: 2, auth: 3, cInt: 4 } as const;

type Lines = ReadonlyMap<string, readonly number[]>;

export const nfsd: HostPart = {
  name: 'nfsd',
  metrics: byName([packets, errors, requests, ...numbers.map(([, , metric]) => metric)]),
  async collect(view) {
    const lines = parseRpcStats(await view.read('net/rpc/nfsd').catch(noDataWhereAbsent));
    return [...totalsOf(lines), ...requestsOf(lines)];
  },
};

function totalsOf(lines: Lines): readonly Sample[] {
  const at = (line: string, column: number, toSample: (value: number) => Sample): readonly Sample[] => {
    const value = lines.get(line)?.[column];
    return value === undefined ? [] : [toSample(value)];
  };
  return [
    ...numbers.flatMap(([line, column, metric]) => at(line, column, (value) => sample(metric, {}, value))),
    ...Object.entries(packetColumns).flatMap(([proto, column]) =>
      at('net', column, (value) => sample(packets, { proto }, value)),
    ),
    ...Object.entries(errorColumns).flatMap(([error, column]) =>
      at('rpc', column, (value) => sample(errors, { error }, value)),
    ),
  ];
}

function requestsOf(lines: Lines): readonly Sample[] {
  const byVersion = Object.entries(nfsServerOperations).flatMap(([proto, names]) =>
    operationsOf(names, lines.get(proto === '4' ? 'proc4ops' : `proc${proto}`)).map(([method, value]) =>
      sample(requests, { method, proto }, value),
    ),
  );
  const [delegations] = lines.get('wdeleg_getattr') ?? [];
  if (delegations === undefined) return byVersion;
  return [...byVersion, sample(requests, { method: 'WdelegGetattr', proto: '4' }, delegations)];
}
