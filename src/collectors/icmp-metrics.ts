import type { Labels } from '../model/labels.ts';
import { type Sample, sample } from '../model/sample.ts';
import type { IcmpReply } from '../sources/icmp.ts';
import { type ProbeLabels, probeGauge } from './probe.ts';

/** Families of the prober icmp; the mean round-trip time is blackbox_exporter's phase `rtt`. */
export const icmpMetrics = {
  phase: probeGauge('probe_icmp_duration_seconds', 'How long each phase of the probe took; rtt is the mean.', [
    'phase',
  ]),
  hopLimit: probeGauge(
    'probe_icmp_reply_hop_limit',
    'Hop limit (TTL) that was left in the reply; absent where fping probes many targets together.',
  ),
  loss: probeGauge('runnerwatch_probe_packet_loss_ratio', 'Share of the echo requests that were not answered, 0 to 1.'),
  rttMin: probeGauge('runnerwatch_probe_rtt_min_seconds', 'Shortest round-trip time of the round.'),
  rttMax: probeGauge('runnerwatch_probe_rtt_max_seconds', 'Longest round-trip time of the round.'),
  jitter: probeGauge(
    'runnerwatch_probe_jitter_seconds',
    'Mean absolute difference between consecutive round-trip times; absent with fewer than two answers.',
  ),
} as const;

export function icmpSamples(reply: IcmpReply, labels: ProbeLabels, own: Labels): readonly Sample[] {
  const { protocol, resolveMs, rttsMs, hopLimit, sent, received } = reply;
  // A phase that was not reached is 0, as blackbox_exporter has it; ping's own start is no phase of the network.
  const phases = {
    resolve: protocol === undefined ? 0 : resolveMs,
    setup: 0,
    rtt: rttsMs.length > 0 ? mean(rttsMs) : 0,
  };
  const samples = [
    ...Object.entries(phases).map(([phase, ms]) => sample(icmpMetrics.phase, { ...labels, phase }, ms / 1000, own)),
    sample(icmpMetrics.loss, labels, sent === 0 ? 1 : Math.max(0, 1 - received / sent), own),
  ];
  if (hopLimit !== undefined) samples.push(sample(icmpMetrics.hopLimit, labels, hopLimit, own));
  if (rttsMs.length === 0) return samples;
  samples.push(
    sample(icmpMetrics.rttMin, labels, Math.min(...rttsMs) / 1000, own),
    sample(icmpMetrics.rttMax, labels, Math.max(...rttsMs) / 1000, own),
  );
  const changes = rttsMs.slice(1).map((ms, index) => Math.abs(ms - (rttsMs[index] ?? ms)));
  if (changes.length > 0) samples.push(sample(icmpMetrics.jitter, labels, mean(changes) / 1000, own));
  return samples;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
