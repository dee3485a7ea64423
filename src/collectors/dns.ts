import { type Sample, sample } from '../model/sample.ts';
import type { DnsProbe, DnsSource } from '../sources/probes/dns.ts';
import { type BaseDeps, defineCollector } from './collector.ts';
import type { AnyProbe, Probe } from './modules.ts';
import { idleWithout, type ProbeLabels, probeAll, probeGauge, probeMetrics } from './probe.ts';
import { probeConfig } from './probe-config.ts';

const metrics = {
  ...probeMetrics,
  phase: probeGauge('probe_dns_duration_seconds', 'How long each phase took.', ['phase']),
  answers: probeGauge('probe_dns_answer_rrs', 'Records in the section of answers.'),
  authorities: probeGauge('probe_dns_authority_rrs', 'Records in the section of authorities.'),
  additionals: probeGauge('probe_dns_additional_rrs', 'Records in the additional section.'),
  succeeded: probeGauge('probe_dns_query_succeeded', 'Whether a well-formed answer came (1) or not (0).'),
  serial: probeGauge('probe_dns_serial', 'Serial number of the zone, where its SOA record was asked for.'),
} as const;

type DnsDeps = BaseDeps & { readonly probes: readonly AnyProbe[]; readonly dns: DnsSource };

export const dns = defineCollector({
  name: 'dns',
  help: 'Whether the targets with a module of prober dns answer as DNS servers, and what is expected.',
  schedule: 'interval',
  config: probeConfig({ interval: '30s', probeTimeout: '5s' }),
  metrics,
  idle: ({ probes }) => idleWithout('dns', probes),
  collect({ clock, log, probes, dns: source }: DnsDeps, config, signal) {
    const { probe_timeout, concurrency, timeout } = config;
    return probeAll({
      ...{ prober: 'dns', probes, clock, log, concurrency, timeout, longestProbe: probe_timeout },
      probe: ({ address, settings, timeout: own }) =>
        source.probe(address, settings, { timeoutMs: own ?? probe_timeout, log }, signal),
      samplesOf,
    });
  },
});

function samplesOf(found: DnsProbe, labels: ProbeLabels, { target }: Probe<'dns'>): readonly Sample[] {
  const own = target.labels;
  const phases = { resolve: found.resolveMs, connect: found.connectMs, request: found.requestMs };
  return [
    ...Object.entries(phases).map(([phase, ms]) => sample(metrics.phase, { ...labels, phase }, ms / 1000, own)),
    sample(metrics.answers, labels, found.answers, own),
    sample(metrics.authorities, labels, found.authorities, own),
    sample(metrics.additionals, labels, found.additionals, own),
    sample(metrics.succeeded, labels, Number(found.answered), own),
    ...(found.serial === undefined ? [] : [sample(metrics.serial, labels, found.serial, own)]),
  ];
}
