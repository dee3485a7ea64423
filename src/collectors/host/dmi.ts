import { gauge, sample, withOpenLabels } from '../../model/sample.ts';
import { type HostPart, listOrNoData } from './part.ts';

/** Label → file of /sys/class/dmi/id. Serial numbers and the UUID are for root alone. */
const files: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    `bios_date bios_release bios_vendor bios_version board_asset_tag board_name board_serial board_vendor board_version
    chassis_asset_tag chassis_serial chassis_vendor chassis_version product_family product_name product_serial
    product_sku product_uuid product_version`
      .split(/\s+/)
      .map((name) => [name, name]),
  ),
  system_vendor: 'sys_vendor',
};

const info = withOpenLabels(gauge('node_dmi_info', 'What the BIOS says of the machine; always 1.'));

export const dmi: HostPart = {
  name: 'dmi',
  metrics: { info },
  async collect({ sys }) {
    listOrNoData(sys, 'class/dmi/id');
    const found = sys.attributes('class/dmi/id', Object.values(files));
    const labels = Object.entries(files).flatMap(([label, file]) => {
      const text = found.get(file)?.trim();
      return text === undefined ? [] : [[label, text.slice(0, 200)]];
    });
    return [sample(info, {}, 1, Object.fromEntries(labels))];
  },
};
