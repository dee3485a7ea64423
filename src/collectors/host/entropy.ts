import { gauge, sample } from '../../model/sample.ts';
import { integerOf } from './attributes.ts';
import type { HostPart } from './part.ts';

const available = gauge('node_entropy_available_bits', 'Bits of entropy that the kernel has.');
const poolSize = gauge('node_entropy_pool_size_bits', 'Bits of entropy that the kernel can have.');

export const entropy: HostPart = {
  name: 'entropy',
  metrics: { available, poolSize },
  async collect(view) {
    const files = view.attributes('sys/kernel/random', ['entropy_avail', 'poolsize']);
    const bits = integerOf(files.get('entropy_avail'));
    const size = integerOf(files.get('poolsize'));
    if (bits === undefined || size === undefined) throw new Error('sys/kernel/random says no entropy');
    return [sample(available, {}, bits), sample(poolSize, {}, size)];
  },
};
