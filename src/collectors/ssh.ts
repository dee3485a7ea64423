import { type Sample, sample } from '../model/sample.ts';
import { probeFailures } from '../model/target.ts';
import type { SshProbe, SshSource } from '../sources/ssh/ssh-source.ts';
import { type BaseDeps, defineCollector } from './collector.ts';
import type { AnyProbe, Probe } from './modules.ts';
import { idleWithout, type ProbeLabels, probeAll, probeGauge, probeMetrics } from './probe.ts';
import { probeConfig } from './probe-config.ts';

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
    'Whether the host key is a pinned one, or the one that was seen first (1), or another (0).',
  ),
  hostKeyChanged: probeGauge(
    'runnerwatch_probe_ssh_host_key_changed_timestamp_seconds',
    'Since when the host shows another key than the trusted one; absent where it shows the trusted one.',
  ),
  reused: probeGauge(
    'runnerwatch_probe_ssh_connection_reused',
    'Whether the probe went over a connection that was open already (1), or opened its own (0).',
  ),
  failure: probeGauge('runnerwatch_probe_failure', 'Why the probe failed (1), for every reason there is (0).', [
    'reason',
  ]),
} as const;

type SshDeps = BaseDeps & { readonly probes: readonly AnyProbe[]; readonly ssh: SshSource };

export const ssh = defineCollector({
  name: 'ssh',
  help: 'Whether the targets with a module of prober ssh speak SSH, show a trusted host key and let the user in.',
  schedule: 'interval',
  config: probeConfig({
    interval: '60s',
    probeTimeout: '10s',
    probeTimeoutHelp: 'How long one target may take, command included.',
    concurrency: { usual: 10, most: 100 },
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

function samplesOf(probe: SshProbe, labels: ProbeLabels, { target }: Probe<'ssh'>): readonly Sample[] {
  const own = target.labels;
  const { phases, hostKey, failure, trusted, changedAt, reused } = probe;
  return [
    ...[...phases].map(([phase, ms]) => sample(metrics.phase, { ...labels, phase }, ms / 1000, own)),
    ...probeFailures.map((reason) => sample(metrics.failure, { ...labels, reason }, Number(reason === failure), own)),
    sample(metrics.reused, labels, Number(reused), own),
    ...(hostKey ? [sample(metrics.hostKey, { ...labels, ...hostKey }, 1, own)] : []),
    ...(trusted === undefined ? [] : [sample(metrics.hostKeyMatch, labels, Number(trusted), own)]),
    ...(changedAt === undefined ? [] : [sample(metrics.hostKeyChanged, labels, changedAt / 1000, own)]),
  ];
}
