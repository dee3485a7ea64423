import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import { type Sample, sample } from '../model/sample.ts';
import { probeFailures } from '../model/target.ts';
import type { SshProbe, SshSource } from '../sources/ssh.ts';
import { type BaseDeps, defineCollector } from './collector.ts';
import type { AnyProbe, Probe } from './modules.ts';
import { idleWithout, type ProbeLabels, probeAll, probeGauge, probeMetrics } from './probe.ts';

const metrics = {
  ...probeMetrics,
  phase: probeGauge(
    'runnerwatch_probe_ssh_phase_duration_seconds',
    'How long each phase took; a phase that was not completed is absent.',
    ['phase'],
  ),
  hostKey: probeGauge('runnerwatch_probe_ssh_host_key_info', 'The host key that the server showed; always 1.', [
    'fingerprint',
    'type',
  ]),
  hostKeyMatch: probeGauge(
    'runnerwatch_probe_ssh_host_key_match',
    'Whether the host key is the pinned one (1) or another (0).',
  ),
  failure: probeGauge('runnerwatch_probe_failure', 'Why the probe failed (1), for every reason there is (0).', [
    'reason',
  ]),
} as const;

type SshDeps = BaseDeps & { readonly probes: readonly AnyProbe[]; readonly ssh: SshSource };

export const ssh = defineCollector({
  name: 'ssh',
  help: 'Whether the targets with a module of prober ssh speak SSH, show the pinned host key and let the user in.',
  schedule: 'interval',
  config: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Run this collector.'),
      interval: Duration.refine((ms) => ms >= 1_000, 'expected at least 1s')
        .prefault('60s')
        .describe('How often each target is probed.'),
      timeout: Duration.prefault('2m').describe('How long one round over all targets may take.'),
      probe_timeout: Duration.refine((ms) => ms >= 100, 'expected at least 100ms')
        .prefault('10s')
        .describe('How long one target may take, command included.'),
      concurrency: z.int().min(1).max(100).default(10).describe('Targets probed at the same time.'),
    })
    .refine(({ timeout, probe_timeout }) => timeout > probe_timeout, {
      path: ['timeout'],
      message: 'expected more than probe_timeout',
    }),
  metrics,
  idle: ({ probes }) => idleWithout('ssh', probes),
  collect({ clock, log, probes, ssh: source }: SshDeps, config, signal) {
    const { probe_timeout: timeoutMs, concurrency, timeout } = config;
    return probeAll({
      ...{ prober: 'ssh', probes, clock, log, concurrency, timeout, longestProbe: timeoutMs },
      probe: ({ address, settings, timeout: own }) =>
        source.probe(address, settings, { timeoutMs: own ?? timeoutMs }, signal),
      samplesOf,
    });
  },
});

function samplesOf(probe: SshProbe, labels: ProbeLabels, { target, settings }: Probe<'ssh'>): readonly Sample[] {
  const own = target.labels;
  const { phases, hostKey, failure } = probe;
  const samples = [
    ...[...phases].map(([phase, ms]) => sample(metrics.phase, { ...labels, phase }, ms / 1000, own)),
    ...probeFailures.map((reason) => sample(metrics.failure, { ...labels, reason }, Number(reason === failure), own)),
  ];
  if (!hostKey) return samples;
  samples.push(sample(metrics.hostKey, { ...labels, ...hostKey }, 1, own));
  const pinned = settings.hostKey;
  if (pinned !== undefined) {
    samples.push(sample(metrics.hostKeyMatch, labels, Number(pinned === hostKey.fingerprint), own));
  }
  return samples;
}
