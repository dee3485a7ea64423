import { gauge, type Sample, sample } from '../../model/sample.ts';
import { integerOf } from './attributes.ts';
import { type HostPart, type HostTree, listOrNoData } from './part.ts';

const info = gauge('node_nvme_info', 'What an NVMe controller says in words; always 1.', [
  'device',
  'cntlid',
  'firmware_revision',
  'model',
  'serial',
  'state',
]);
const namespaceInfo = gauge('node_nvme_namespace_info', 'How a namespace can be reached; always 1.', [
  'device',
  'nsid',
  'ana_state',
]);
const labels = ['device', 'nsid'] as const;
const capacity = gauge('node_nvme_namespace_capacity_bytes', 'Capacity of a namespace.', labels);
const size = gauge('node_nvme_namespace_size_bytes', 'Size of a namespace.', labels);
const used = gauge('node_nvme_namespace_used_bytes', 'Space of a namespace that is in use.', labels);
const blockSize = gauge('node_nvme_namespace_logical_block_size_bytes', 'Logical block size of a namespace.', labels);

/** Whatever the blocks of the device, the block layer's `size` counts sectors of 512 bytes. */
const sector = 512;

export const nvme: HostPart = {
  name: 'nvme',
  metrics: { info, namespaceInfo, capacity, size, used, blockSize },
  async collect({ sys }) {
    const devices = listOrNoData(sys, 'class/nvme').filter((name) => /^nvme\d+$/.test(name));
    return devices.flatMap((device) => [controllerOf(sys, device), ...namespacesOf(sys, device)]);
  },
};

function controllerOf(sys: HostTree, device: string): Sample {
  const files = sys.attributes(`class/nvme/${device}`, ['cntlid', 'firmware_rev', 'model', 'serial', 'state']);
  const of = (name: string): string => files.get(name)?.trim().slice(0, 200) ?? '';
  const words = { cntlid: of('cntlid'), model: of('model'), serial: of('serial'), state: of('state') };
  return sample(info, { device, firmware_revision: of('firmware_rev'), ...words }, 1);
}

/** `nvme0n1`, or `nvme0c1n1` where several paths lead to it. */
function namespacesOf(sys: HostTree, device: string): readonly Sample[] {
  return sys.list(`class/nvme/${device}`).flatMap((name) => {
    const nsid = /^nvme\d+(?:c\d+)?n(\d+)$/.exec(name)?.[1];
    return nsid === undefined ? [] : namespaceOf(sys, `class/nvme/${device}/${name}`, { device, nsid });
  });
}

function namespaceOf(
  sys: HostTree,
  folder: string,
  on: { readonly device: string; readonly nsid: string },
): readonly Sample[] {
  const files = sys.attributes(folder, ['size', 'nuse', 'ana_state']);
  const sectors = integerOf(files.get('size'));
  const blocks = integerOf(files.get('nuse'));
  const block = integerOf(sys.attributes(`${folder}/queue`, ['logical_block_size']).get('logical_block_size'));
  const values = [
    [capacity, sectors && sectors * sector],
    [size, sectors && sectors * sector],
    [used, blocks !== undefined && block !== undefined ? blocks * block : undefined],
    [blockSize, block],
  ] as const;
  return [
    sample(namespaceInfo, { ...on, ana_state: files.get('ana_state') ?? '' }, 1),
    ...values.flatMap(([metric, value]) => (value === undefined ? [] : [sample(metric, on, value)])),
  ];
}
