import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import { counter, gauge, sample } from '../model/sample.ts';
import type { FirewallSource } from '../sources/firewall.ts';
import { type BaseDeps, defineCollector } from './collector.ts';

/** Why a packet was refused. A fixed list, because it is a label's values. */
export const denials = ['lan', 'host', 'metadata', 'port', 'neighbour', 'spoofed'] as const;

const metrics = {
  denied: counter(
    'runnerwatch_firewall_denied_packets_total',
    'Packets of the runners that the firewall refused, by reason.',
    ['reason'],
  ),
  allowed: gauge(
    'runnerwatch_firewall_allowed_destinations',
    'Hosts and ports that the firewall lets the runners reach beside the public internet.',
  ),
  updated: gauge(
    'runnerwatch_firewall_updated_timestamp_seconds',
    'When the firewall last found its rules in force and wrote its counters.',
  ),
} as const;

export const firewall = defineCollector({
  name: 'firewall',
  help: 'What the firewall in front of the runners refused.',
  schedule: 'scrape',
  config: z.strictObject({
    enabled: z.boolean().default(true).describe('Whether the firewall is watched.'),
    timeout: Duration.prefault('5s').describe('How long reading the file may take.'),
    file: z
      .string()
      .min(1)
      .optional()
      .describe('The file that the firewall of the Compose stack writes; without it there is nothing to watch.'),
  }),
  metrics,
  idle: (_deps: BaseDeps & { readonly firewall: FirewallSource }, { file }) =>
    file === undefined ? 'collectors.firewall.file is not set' : undefined,

  async collect({ firewall }, { file = '' }, signal) {
    const { writtenAt, allowed, denied } = await firewall.read(file, signal);
    return [
      ...denials.flatMap((reason) => {
        const packets = denied.get(reason);
        return packets === undefined ? [] : [sample(metrics.denied, { reason }, packets)];
      }),
      sample(metrics.allowed, {}, allowed),
      sample(metrics.updated, {}, writtenAt / 1000),
    ];
  },
});
