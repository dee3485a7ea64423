import { type Sample, sample } from '../model/sample.ts';
import type { TlsState } from '../sources/probes/certificates.ts';
import { type ProbeLabels, probeGauge } from './probe.ts';
import type { ProbeTarget } from './targets.ts';

/** Families of every prober that speaks TLS, with blackbox_exporter's names. */
export const tlsMetrics = {
  earliestExpiry: probeGauge(
    'probe_ssl_earliest_cert_expiry',
    'When the first of the certificates that the server showed ends, in seconds since the epoch.',
  ),
  chainExpiry: probeGauge(
    'probe_ssl_last_chain_expiry_timestamp_seconds',
    'When the verified chain ends, in seconds since the epoch; the year 1 where nothing was verified.',
  ),
  chainInfo: probeGauge('probe_ssl_last_chain_info', "The server's own certificate; always 1.", [
    'fingerprint_sha256',
    'subject',
    'issuer',
    'subjectalternative',
  ]),
  version: probeGauge('probe_tls_version_info', 'The version of TLS that was used; always 1.', ['version']),
} as const;

/** The zero of Go's time, 0001-01-01T00:00:00Z: what the original says where there is no verified chain. */
const never = -62_135_596_800;

export function tlsSamples(state: TlsState | undefined, labels: ProbeLabels, { labels: own }: ProbeTarget): Sample[] {
  if (!state) return [];
  const { leaf } = state;
  const chain = {
    fingerprint_sha256: leaf.fingerprint,
    subject: leaf.subject,
    issuer: leaf.issuer,
    subjectalternative: leaf.alternatives,
  };
  return [
    sample(tlsMetrics.earliestExpiry, labels, state.earliestExpiry, own),
    sample(tlsMetrics.chainExpiry, labels, state.chainExpiry ?? never, own),
    sample(tlsMetrics.chainInfo, { ...labels, ...chain }, 1, own),
    sample(tlsMetrics.version, { ...labels, version: state.version }, 1, own),
  ];
}
