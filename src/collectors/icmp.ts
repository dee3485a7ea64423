import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import { type Sample, sample } from '../model/sample.ts';
import type { IcmpReply, IcmpSource } from '../sources/icmp.ts';
import { type BaseDeps, defineCollector } from './collector.ts';
import type { AnyProbe, Probe } from './modules.ts';
import { idleWithout, type ProbeLabels, probeAll, probeGauge, probeMetrics } from './probe.ts';

const metrics = {
  ...probeMetrics,
  phase: probeGauge('probe_icmp_duration_seconds', 'How long each phase of the probe took.', ['phase']),
  hopLimit: probeGauge('probe_icmp_reply_hop_limit', 'Hop limit (TTL) that was left in the reply.'),
  loss: probeGauge('runnerwatch_probe_packet_loss_ratio', 'Share of the echo requests that were not answered, 0 to 1.'),
} as const;

type IcmpDeps = BaseDeps & { readonly probes: readonly AnyProbe[]; readonly icmp: IcmpSource };

export const icmp = defineCollector({
  name: 'icmp',
  help: 'Whether the targets with a module of prober icmp answer pings.',
  schedule: 'interval',
  config: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Run this collector.'),
      interval: Duration.refine((ms) => ms >= 1_000, 'expected at least 1s')
        .prefault('15s')
        .describe('How often each target is pinged.'),
      timeout: Duration.prefault('1m').describe('How long one round over all targets may take.'),
      count: z.int().min(1).max(20).default(3).describe('Echo requests per target and round.'),
      packet_timeout: Duration.refine((ms) => ms >= 100, 'expected at least 100ms')
        .prefault('2s')
        .describe('How long an answer is waited for.'),
      concurrency: z.int().min(1).max(200).default(50).describe('Targets pinged at the same time.'),
    })
    .refine(({ timeout, ...one }) => timeout > longestProbe(one), {
      path: ['timeout'],
      message: 'expected more than one target needs: twice packet_timeout, and a second per 5 requests, and 2 seconds',
    }),
  metrics,
  idle: ({ probes }) => idleWithout('icmp', probes),
  collect({ clock, log, probes, icmp: source }: IcmpDeps, config, signal) {
    const { count, packet_timeout: timeoutMs, concurrency, timeout } = config;
    return probeAll({
      ...{ prober: 'icmp', probes, clock, log, concurrency, timeout, longestProbe: longestProbe(config) },
      probe: ({ address }) => source.probe(address, { count, timeoutMs }, signal),
      samplesOf,
    });
  },
});

/** The name's lookup, the requests 0.2 s apart, the wait for the last answer, and the process around it; in ms. */
function longestProbe({ count, packet_timeout: wait }: { readonly count: number; readonly packet_timeout: number }) {
  return 2 * wait + count * 200 + 2_000;
}

function samplesOf(reply: IcmpReply, labels: ProbeLabels, { target }: Probe): readonly Sample[] {
  const { resolveMs, rttMs, hopLimit, sent, received } = reply;
  const own = target.labels;
  const samples = [
    sample(metrics.phase, { ...labels, phase: 'resolve' }, resolveMs / 1000, own),
    sample(metrics.loss, labels, sent === 0 ? 1 : Math.max(0, 1 - received / sent), own),
  ];
  if (rttMs !== undefined) samples.push(sample(metrics.phase, { ...labels, phase: 'rtt' }, rttMs / 1000, own));
  if (hopLimit !== undefined) samples.push(sample(metrics.hopLimit, labels, hopLimit, own));
  return samples;
}
