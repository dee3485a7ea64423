import { type Sample, sample } from '../model/sample.ts';
import type { HttpProbe, HttpSource } from '../sources/probes/http.ts';
import { type BaseDeps, defineCollector } from './collector.ts';
import type { AnyProbe, Probe } from './modules.ts';
import { idleWithout, type ProbeLabels, probeAll, probeGauge, probeMetrics, regexMetric } from './probe.ts';
import { probeConfig } from './probe-config.ts';
import { tlsMetrics, tlsSamples } from './tls-metrics.ts';

const metrics = {
  ...probeMetrics,
  ...tlsMetrics,
  regex: regexMetric,
  phase: probeGauge('probe_http_duration_seconds', 'How long each phase took, summed over all redirects.', ['phase']),
  status: probeGauge('probe_http_status_code', 'Status of the last answer; 0 where none came.'),
  version: probeGauge('probe_http_version', 'Version of HTTP of the last answer, such as 1.1.'),
  ssl: probeGauge('probe_http_ssl', 'Whether the last answer came over TLS (1) or not (0).'),
  redirects: probeGauge('probe_http_redirects', 'Redirects that were met.'),
  contentLength: probeGauge(
    'probe_http_content_length',
    'Length of the body in bytes as the header says it; -1 where it does not.',
  ),
  bodyLength: probeGauge('probe_http_uncompressed_body_length', 'Bytes of the body that were read, uncompressed.'),
  lastModified: probeGauge(
    'probe_http_last_modified_timestamp_seconds',
    'What the header Last-Modified says, in seconds since the epoch.',
  ),
} as const;

type HttpDeps = BaseDeps & { readonly probes: readonly AnyProbe[]; readonly http: HttpSource };

export const http = defineCollector({
  name: 'http',
  help: 'Whether the targets with a module of prober http answer as expected, and when their certificates end.',
  schedule: 'interval',
  config: probeConfig({ interval: '30s', probeTimeout: '10s' }),
  metrics,
  idle: ({ probes }) => idleWithout('http', probes),
  collect({ clock, log, probes, http: source }: HttpDeps, config, signal) {
    const { probe_timeout, concurrency, timeout } = config;
    return probeAll({
      ...{ prober: 'http', probes, clock, log, concurrency, timeout, longestProbe: probe_timeout },
      probe: ({ address, settings, timeout: own }) =>
        source.probe(address, settings, { timeoutMs: own ?? probe_timeout, log }, signal),
      samplesOf,
    });
  },
});

function samplesOf(found: HttpProbe, labels: ProbeLabels, { target }: Probe<'http'>): readonly Sample[] {
  const own = target.labels;
  const phases = Object.entries(found.times);
  return [
    ...phases.map(([phase, ms]) => sample(metrics.phase, { ...labels, phase }, ms / 1000, own)),
    sample(metrics.status, labels, found.status, own),
    sample(metrics.version, labels, found.version, own),
    sample(metrics.ssl, labels, Number(found.tls !== undefined), own),
    sample(metrics.redirects, labels, found.redirects, own),
    sample(metrics.contentLength, labels, found.contentLength, own),
    sample(metrics.bodyLength, labels, found.bodyLength, own),
    sample(metrics.regex, labels, Number(found.failedDueToRegex), own),
    ...(found.lastModified === undefined ? [] : [sample(metrics.lastModified, labels, found.lastModified, own)]),
    ...tlsSamples(found.tls, labels, target),
  ];
}
