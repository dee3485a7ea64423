import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import { gauge, sample } from '../model/sample.ts';
import type { Inventory } from '../sources/inventory.ts';
import { type BaseDeps, defineCollector } from './collector.ts';

const info = gauge('runnerwatch_host_info', 'What the host runs; always 1.', [
  'os',
  'distro',
  'release',
  'kernel',
  'arch',
  'virtual',
]);

type InventoryDeps = BaseDeps & { readonly inventory: Inventory };

export const inventory = defineCollector({
  name: 'inventory',
  help: "The host's operating system, kernel and kind of machine.",
  schedule: 'interval',
  config: z.strictObject({
    enabled: z.boolean().default(true).describe('Run this collector.'),
    interval: Duration.refine((ms) => ms >= 60_000, 'expected at least 1m')
      .prefault('1h')
      .describe('How often the host is asked; it rarely changes.'),
    timeout: Duration.prefault('15s').describe('How long the host may take to answer.'),
  }),
  metrics: { info },
  async collect({ inventory: source }: InventoryDeps, _config, signal) {
    const { platform, distro, release, kernel, arch, virtual } = await source.host(signal);
    return [sample(info, { os: platform, distro, release, kernel, arch, virtual: String(virtual) }, 1)];
  },
});
