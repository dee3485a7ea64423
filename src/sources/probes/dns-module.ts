import { z } from 'zod';
import { Regexp } from '../../lib/schema.ts';
import { ipProtocol } from './ip-protocol.ts';
import { TlsConfig } from './tls-config.ts';

/** Record types that can be asked for and printed. */
const queryTypes = [
  ...['A', 'AAAA', 'ANY', 'CAA', 'CNAME', 'DNSKEY', 'DS', 'HINFO', 'MX', 'NAPTR', 'NS', 'PTR', 'RP', 'SOA', 'SPF'],
  ...['SRV', 'SSHFP', 'TLSA', 'TXT'],
] as const;

/** By number; RFC 1035, 4.1.1 and RFC 6895, 2.3. */
export const rcodes = [
  ...['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH'],
  'NOTZONE',
] as const;

const RecordCheck = z.strictObject({
  fail_if_matches_regexp: z.array(Regexp).default([]).describe('No record may match any of these.'),
  fail_if_all_match_regexp: z
    .array(Regexp)
    .default([])
    .describe('Every record must match each of these: blackbox_exporter fails so, whatever the name says.'),
  fail_if_not_matches_regexp: z.array(Regexp).default([]).describe('Every record must match each of these.'),
  fail_if_none_matches_regexp: z.array(Regexp).default([]).describe('Some record must match one of these.'),
});
export type RecordCheck = z.output<typeof RecordCheck>;

export const DnsModule = z
  .strictObject({
    ...ipProtocol,
    query_name: z.string().min(1).max(253).describe('Name that is asked for.'),
    query_type: z.enum(queryTypes).default('ANY').describe('Type of the records that are asked for.'),
    transport_protocol: z.enum(['udp', 'tcp']).default('udp').describe('Whether the server is asked over UDP or TCP.'),
    dns_over_tls: z.boolean().default(false).describe('Whether TCP carries TLS, on port 853 by default.'),
    tls_config: TlsConfig.prefault({}).describe('TLS of the connection.'),
    recursion_desired: z.boolean().default(true).describe('Whether the server shall ask others.'),
    valid_rcodes: z.array(z.enum(rcodes)).default([]).describe('Accepted answer codes; by default NOERROR.'),
    validate_answer_rrs: RecordCheck.prefault({}).describe('What the answers must look like.'),
    validate_authority_rrs: RecordCheck.prefault({}).describe('What the authority records must look like.'),
    validate_additional_rrs: RecordCheck.prefault({}).describe('What the additional records must look like.'),
  })
  .refine(({ dns_over_tls, transport_protocol }) => !dns_over_tls || transport_protocol === 'tcp', {
    path: ['dns_over_tls'],
    message: 'expected transport_protocol tcp beside it',
  });
export type DnsModule = z.output<typeof DnsModule>;
