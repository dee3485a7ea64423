import { counter, gauge, sample } from '../../model/sample.ts';
import { type Attribute, samplesOfAttributes } from './attributes.ts';
import { byName, type HostPart, listOrNoData } from './part.ts';

const texts = `speed port_state port_type port_id port_name fabric_name symbolic_name supported_classes supported_speeds
  dev_loss_tmo`.split(/\s+/);
const info = gauge('node_fibrechannel_info', 'What a Fibre Channel host says in words; always 1.', [
  'fc_host',
  ...texts,
]);

function total(file: string, name = file): Attribute<'fc_host'> {
  return { file, metric: counter(`node_fibrechannel_${name}_total`, `Fibre Channel: ${file}.`, ['fc_host']) };
}

const counters = [
  total('dumped_frames'),
  total('error_frames'),
  total('fcp_packet_aborts'),
  total('invalid_crc_count', 'invalid_crc'),
  total('invalid_tx_word_count', 'invalid_tx_words'),
  total('link_failure_count', 'link_failure'),
  total('loss_of_signal_count', 'loss_of_signal'),
  total('loss_of_sync_count', 'loss_of_sync'),
  total('nos_count', 'nos'),
  total('rx_frames'),
  total('rx_words'),
  total('seconds_since_last_reset'),
  total('tx_frames'),
  total('tx_words'),
];
const files = counters.map(({ file }) => file);
/** What the driver says of a counter that it does not have. */
const unknown = '0xffffffffffffffff';

export const fibrechannel: HostPart = {
  name: 'fibrechannel',
  metrics: byName([info, ...counters.map(({ metric }) => metric)]),
  async collect({ sys }) {
    return listOrNoData(sys, 'class/fc_host').flatMap((host) => {
      const said = sys.attributes(`class/fc_host/${host}`, texts);
      const labels = Object.fromEntries(
        texts.map((file) => [file, (said.get(file) ?? '').replace(/^0x/, '').slice(0, 256)]),
      );
      const statistics = sys.attributes(`class/fc_host/${host}/statistics`, files);
      const known = new Map([...statistics].filter(([, text]) => text !== unknown));
      return [
        sample(info, { ...labels, fc_host: host }, 1),
        ...samplesOfAttributes(counters, known, { fc_host: host }),
      ];
    });
  },
};
