import { counter, gauge, type MetricDef, type Sample, sample } from '../../model/sample.ts';
import { type Attribute, samplesOfAttributes } from './attributes.ts';
import { byName, type HostPart, type HostTree, listOrNoData } from './part.ts';

const labels = ['device', 'port'] as const;
const info = gauge('node_infiniband_info', 'What an InfiniBand device says in words; always 1.', [
  'device',
  'board_id',
  'firmware_version',
  'hca_type',
]);
const state = gauge('node_infiniband_state_id', 'State of a port: 1 down, 2 init, 3 armed, 4 active.', labels);
const physicalState = gauge('node_infiniband_physical_state_id', 'State of the link of a port; 5 is up.', labels);
const rate = gauge('node_infiniband_rate_bytes_per_second', 'Fastest rate of a port.', labels);

function total(file: string, name: string, scale = 1): Attribute<'device' | 'port'> {
  const metric: MetricDef<'device' | 'port'> = counter(`node_infiniband_${name}_total`, `InfiniBand: ${file}.`, labels);
  return { file, metric, scale };
}

/** The data counters of the architecture count four bytes at a time. */
const words = 4;

const counters = [
  total('excessive_buffer_overrun_errors', 'excessive_buffer_overrun_errors'),
  total('link_downed', 'link_downed'),
  total('link_error_recovery', 'link_error_recovery'),
  total('local_link_integrity_errors', 'local_link_integrity_errors'),
  total('multicast_rcv_packets', 'multicast_packets_received'),
  total('multicast_xmit_packets', 'multicast_packets_transmitted'),
  total('port_rcv_constraint_errors', 'port_constraint_errors_received'),
  total('port_xmit_constraint_errors', 'port_constraint_errors_transmitted'),
  total('port_rcv_data', 'port_data_received_bytes', words),
  total('port_xmit_data', 'port_data_transmitted_bytes', words),
  total('port_rcv_discards', 'port_discards_received'),
  total('port_xmit_discards', 'port_discards_transmitted'),
  total('port_rcv_errors', 'port_errors_received'),
  total('port_rcv_packets', 'port_packets_received'),
  total('port_xmit_packets', 'port_packets_transmitted'),
  total('port_rcv_remote_physical_errors', 'port_receive_remote_physical_errors'),
  total('port_rcv_switch_relay_errors', 'port_receive_switch_relay_errors'),
  total('port_xmit_wait', 'port_transmit_wait'),
  total('symbol_error', 'symbol_error'),
  total('unicast_rcv_packets', 'unicast_packets_received'),
  total('unicast_xmit_packets', 'unicast_packets_transmitted'),
  total('VL15_dropped', 'vl15_dropped'),
];
const files = counters.map(({ file }) => file);

export const infiniband: HostPart = {
  name: 'infiniband',
  metrics: byName([info, state, physicalState, rate, ...counters.map(({ metric }) => metric)]),
  async collect({ sys }) {
    return listOrNoData(sys, 'class/infiniband').flatMap((device) => {
      const found = sys.attributes(`class/infiniband/${device}`, ['board_id', 'fw_ver', 'hca_type']);
      const of = (file: string): string => found.get(file)?.slice(0, 200) ?? '';
      const said = { board_id: of('board_id'), firmware_version: of('fw_ver'), hca_type: of('hca_type') };
      const ports = sys.list(`class/infiniband/${device}/ports`).filter((port) => /^\d+$/.test(port));
      return [sample(info, { device, ...said }, 1), ...ports.flatMap((port) => portOf(sys, device, port))];
    });
  },
};

/** `4: ACTIVE`, `5: LinkUp` and `40 Gb/sec (4X QDR)`. */
function portOf(sys: HostTree, device: string, port: string): readonly Sample[] {
  const path = `class/infiniband/${device}/ports/${port}`;
  const on = { device, port };
  const said = sys.attributes(path, ['state', 'phys_state', 'rate']);
  const gigabits = /^([\d.]+) Gb\/sec/.exec(said.get('rate') ?? '')?.[1];
  const values = [
    [state, /^(\d+):/.exec(said.get('state') ?? '')?.[1], 1],
    [physicalState, /^(\d+):/.exec(said.get('phys_state') ?? '')?.[1], 1],
    [rate, gigabits, 1e9 / 8],
  ] as const;
  return [
    ...values.flatMap(([metric, text, unit]) => {
      const value = Number(text) * unit;
      return Number.isFinite(value) ? [sample(metric, on, value)] : [];
    }),
    ...samplesOfAttributes(counters, sys.attributes(`${path}/counters`, files), on),
  ];
}
