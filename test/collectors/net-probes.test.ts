import { describe, expect, it } from 'vitest';
import { dns } from '../../src/collectors/dns.ts';
import { http } from '../../src/collectors/http.ts';
import { bindProbes, Modules } from '../../src/collectors/modules.ts';
import { tcp } from '../../src/collectors/tcp.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { DnsProbe } from '../../src/sources/probes/dns.ts';
import type { HttpProbe } from '../../src/sources/probes/http.ts';
import type { TcpProbe } from '../../src/sources/probes/tcp.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { linesOfSamples } from '../support/host.ts';
import { probesOf, targetsOf } from '../support/targets.ts';

const { signal } = new AbortController();
const base = { clock: new FakeClock(), log: silentLog };
const reached = { resolveMs: 2, ip: '192.0.2.7', protocol: 4, failure: undefined, detail: undefined } as const;
const tls = {
  version: 'TLS 1.3',
  earliestExpiry: 1_800_000_000,
  chainExpiry: undefined,
  leaf: { fingerprint: 'ab', subject: 'CN=a', issuer: 'CN=b', alternatives: 'a,b' },
};

/** The lines that not every prober has, without the labels that every line has. */
function ownLines(lines: readonly string[]): readonly string[] {
  const common = /^probe_(success|duration_seconds|dns_lookup_time_seconds|ip_protocol|ip_addr_hash)\{/;
  return lines
    .filter((line) => !common.test(line))
    .map((line) => line.replace(/(address|module|target)="[^"]*",?/g, '').replace(/,\}/, '}'));
}

describe('tcp', () => {
  it('gives what the module took out of the answer, and the TLS of the connection', async () => {
    const found: TcpProbe = { ...reached, tls, failedDueToRegex: false, expected: [{ software: 'x' }] };
    const probes = probesOf({ name: 'nas', address: 'nas', modules: [{ module: 'tcp_connect', address: 'nas:22' }] });
    const deps = { ...base, probes, tcp: { probe: async () => found } };
    const lines = linesOfSamples(await tcp.collect(deps, tcp.config.parse({}), signal));
    expect(lines).toContain('probe_success{address="nas:22",module="tcp_connect",target="nas"} 1');
    expect(ownLines(lines)).toEqual([
      'probe_expect_info{software="x"} 1',
      'probe_failed_due_to_regex{} 0',
      'probe_ssl_earliest_cert_expiry{} 1800000000',
      'probe_ssl_last_chain_expiry_timestamp_seconds{} -62135596800',
      'probe_ssl_last_chain_info{fingerprint_sha256="ab",issuer="CN=b",subject="CN=a",subjectalternative="a,b"} 1',
      'probe_tls_version_info{version="TLS 1.3"} 1',
    ]);
  });
});

describe('http', () => {
  it('gives seconds, bytes and the last answer, and takes a failure for one', async () => {
    const times = { resolve: 2, connect: 3, tls: 0, processing: 4, transfer: 5 };
    const answer = {
      status: 404,
      version: 1.1,
      redirects: 1,
      contentLength: -1,
      bodyLength: 9,
      lastModified: undefined,
    };
    const found: HttpProbe = {
      ...reached,
      ...answer,
      times,
      tls: undefined,
      failedDueToRegex: true,
      failure: 'expectation',
    };
    const probes = probesOf({ name: 'web', address: 'web.lan', modules: ['http_2xx'] });
    const deps = { ...base, probes, http: { probe: async () => found } };
    const lines = linesOfSamples(await http.collect(deps, http.config.parse({}), signal));
    expect(lines).toContain('probe_success{address="web.lan",module="http_2xx",target="web"} 0');
    expect(ownLines(lines)).toEqual([
      'probe_failed_due_to_regex{} 1',
      'probe_http_content_length{} -1',
      'probe_http_duration_seconds{phase="connect"} 0.003',
      'probe_http_duration_seconds{phase="processing"} 0.004',
      'probe_http_duration_seconds{phase="resolve"} 0.002',
      'probe_http_duration_seconds{phase="tls"} 0',
      'probe_http_duration_seconds{phase="transfer"} 0.005',
      'probe_http_redirects{} 1',
      'probe_http_ssl{} 0',
      'probe_http_status_code{} 404',
      'probe_http_uncompressed_body_length{} 9',
      'probe_http_version{} 1.1',
    ]);
  });
});

describe('dns', () => {
  const modules = Modules.parse({
    zone: { prober: 'dns', timeout: '700ms', dns: { query_name: 'lan', query_type: 'SOA' } },
  });
  const probes = bindProbes(targetsOf({ name: 'ns', address: '192.0.2.7', modules: ['zone'] }), modules);

  it("gives the sections' sizes, and asks for as long as the module says", async () => {
    const found: DnsProbe = {
      ...reached,
      connectMs: 1,
      requestMs: 3,
      answered: true,
      answers: 1,
      authorities: 2,
      additionals: 0,
      serial: 7,
    };
    const asked: number[] = [];
    const probe = async (_: string, __: object, { timeoutMs }: { readonly timeoutMs: number }) => {
      asked.push(timeoutMs);
      return found;
    };
    const lines = linesOfSamples(await dns.collect({ ...base, probes, dns: { probe } }, dns.config.parse({}), signal));
    expect(asked).toEqual([700]);
    expect(ownLines(lines)).toEqual([
      'probe_dns_additional_rrs{} 0',
      'probe_dns_answer_rrs{} 1',
      'probe_dns_authority_rrs{} 2',
      'probe_dns_duration_seconds{phase="connect"} 0.001',
      'probe_dns_duration_seconds{phase="request"} 0.003',
      'probe_dns_duration_seconds{phase="resolve"} 0.002',
      'probe_dns_query_succeeded{} 1',
      'probe_dns_serial{} 7',
    ]);
  });

  it('is idle without a target of its own', () => {
    const deps = {
      ...base,
      probes: probesOf({ name: 'nas', address: 'nas' }),
      dns: { probe: async () => Promise.reject() },
    };
    expect(dns.idle?.(deps, dns.config.parse({}))).toBe('no target with a module of prober dns');
  });
});
