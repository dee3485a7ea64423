import { counter, gauge, type MetricDef, type Sample, sample } from '../../model/sample.ts';
import { type Attribute, integerOf, samplesOfAttributes } from './attributes.ts';
import { type HostPart, listOrNoData } from './part.ts';

function property(file: string, name = file, count = false, scale = 1): Attribute<'device'> {
  const define = count ? counter : gauge;
  const metric: MetricDef<'device'> = define(`node_network_${name}`, `Network device: ${file} of /sys/class/net.`, [
    'device',
  ]);
  return { file, metric, scale };
}

const properties: readonly Attribute<'device'>[] = [
  property('addr_assign_type', 'address_assign_type'),
  property('carrier'),
  property('carrier_changes', 'carrier_changes_total', true),
  property('carrier_up_count', 'carrier_up_changes_total', true),
  property('carrier_down_count', 'carrier_down_changes_total', true),
  property('dev_id', 'device_id'),
  property('dormant'),
  property('flags'),
  property('ifindex', 'iface_id'),
  property('iflink', 'iface_link'),
  property('link_mode', 'iface_link_mode'),
  property('mtu', 'mtu_bytes'),
  property('name_assign_type'),
  property('netdev_group', 'net_dev_group'),
  // Megabits; -1 where the device does not know, which node_exporter passes on.
  property('speed', 'speed_bytes', false, 1_000_000 / 8),
  property('tx_queue_len', 'transmit_queue_length'),
  property('type', 'protocol_type'),
];

const up = gauge('node_network_up', 'Whether the state of a network device is up (1) or not (0).', ['device']);
const texts = ['address', 'broadcast', 'duplex', 'ifalias', 'operstate'] as const;
const info = gauge('node_network_info', 'What is said of a network device in words; always 1.', [
  'device',
  'adminstate',
  ...texts,
]);

const files = [...texts, ...properties.map(({ file }) => file)];

export const netclass: HostPart = {
  name: 'netclass',
  metrics: Object.fromEntries([up, info, ...properties.map(({ metric }) => metric)].map((one) => [one.name, one])),
  async collect({ sys, exclude }) {
    const devices = listOrNoData(sys, 'class/net').filter((device) => !exclude.interfaces(device));
    return devices.flatMap((device) => {
      const attributes = sys.attributes(`class/net/${device}`, files);
      // Beside the devices is the file `bonding_masters`, and a device may vanish while it is read.
      return attributes.has('ifindex') ? samplesOf(device, attributes) : [];
    });
  },
};

function samplesOf(device: string, attributes: ReadonlyMap<string, string>): readonly Sample[] {
  const of = (name: (typeof texts)[number]): string => attributes.get(name)?.slice(0, 256) ?? '';
  const words = { address: of('address'), broadcast: of('broadcast'), duplex: of('duplex'), ifalias: of('ifalias') };
  const operstate = of('operstate');
  return [
    sample(up, { device }, Number(operstate === 'up')),
    sample(info, { device, adminstate: adminState(attributes.get('flags')), operstate, ...words }, 1),
    ...samplesOfAttributes(properties, attributes, { device }),
  ];
}

/** IFF_UP, the lowest bit of the flags, is what an administrator sets; `operstate` is what came of it. */
function adminState(flags: string | undefined): string {
  const bits = integerOf(flags);
  if (bits === undefined) return 'unknown';
  return bits % 2 === 1 ? 'up' : 'down';
}
