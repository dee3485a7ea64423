import { gauge, sample } from '../../model/sample.ts';
import { type HostPart, numberOf } from './part.ts';

const available = gauge('node_entropy_available_bits', 'Bits of entropy that the kernel has.');
const poolSize = gauge('node_entropy_pool_size_bits', 'Bits of entropy that the kernel can have.');

export const entropy: HostPart = {
  name: 'entropy',
  metrics: { available, poolSize },
  async collect(view) {
    const [bits, size] = await Promise.all(
      ['entropy_avail', 'poolsize'].map(async (file) =>
        numberOf((await view.read(`sys/kernel/random/${file}`)).trim()),
      ),
    );
    if (bits === undefined || size === undefined) throw new Error('sys/kernel/random has an unknown format');
    return [sample(available, {}, bits), sample(poolSize, {}, size)];
  },
};
