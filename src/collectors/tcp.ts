import { type Sample, sample, withOpenLabels } from '../model/sample.ts';
import type { TcpProbe, TcpSource } from '../sources/probes/tcp.ts';
import { type BaseDeps, defineCollector } from './collector.ts';
import type { AnyProbe, Probe } from './modules.ts';
import { idleWithout, type ProbeLabels, probeAll, probeGauge, probeMetrics, regexMetric } from './probe.ts';
import { probeConfig } from './probe-config.ts';
import { tlsMetrics, tlsSamples } from './tls-metrics.ts';

const metrics = {
  ...probeMetrics,
  ...tlsMetrics,
  regex: regexMetric,
  expected: withOpenLabels(
    probeGauge('probe_expect_info', 'What the module took out of the answer, as its labels say; always 1.'),
  ),
} as const;

type TcpDeps = BaseDeps & { readonly probes: readonly AnyProbe[]; readonly tcp: TcpSource };

export const tcp = defineCollector({
  name: 'tcp',
  help: 'Whether the targets with a module of prober tcp take connections, and say what is expected.',
  schedule: 'interval',
  config: probeConfig({ interval: '30s', probeTimeout: '5s' }),
  metrics,
  idle: ({ probes }) => idleWithout('tcp', probes),
  collect({ clock, log, probes, tcp: source }: TcpDeps, config, signal) {
    const { probe_timeout, concurrency, timeout } = config;
    return probeAll({
      ...{ prober: 'tcp', probes, clock, log, concurrency, timeout, longestProbe: probe_timeout },
      probe: ({ address, settings, timeout: own }) =>
        source.probe(address, settings, { timeoutMs: own ?? probe_timeout, log }, signal),
      samplesOf,
    });
  },
});

function samplesOf(found: TcpProbe, labels: ProbeLabels, { target }: Probe<'tcp'>): readonly Sample[] {
  return [
    sample(metrics.regex, labels, Number(found.failedDueToRegex), target.labels),
    ...tlsSamples(found.tls, labels, target),
    ...found.expected.map((own) => sample(metrics.expected, labels, 1, { ...target.labels, ...own })),
  ];
}
