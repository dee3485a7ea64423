import { z } from 'zod';
import { ByteSize, Regexp, Secret } from '../../lib/schema.ts';
import { ipProtocol } from './ip-protocol.ts';
import { TlsConfig } from './tls-config.ts';

const HeaderName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of an HTTP header');

const HeaderMatch = z.strictObject({
  header: HeaderName.describe('Name of the header.'),
  regexp: Regexp.describe('Expression that a value of the header is compared with.'),
  allow_missing: z.boolean().default(false).describe('Whether the header may be absent.'),
});
export type HeaderMatch = z.output<typeof HeaderMatch>;

const BasicAuth = z.strictObject({
  username: z.string().default('').describe('User name.'),
  password: Secret.optional().describe('Password.'),
});

const Authorization = z.strictObject({
  type: z.string().min(1).default('Bearer').describe('Scheme of the Authorization header.'),
  credentials: Secret.optional().describe('What stands behind the scheme.'),
});

export const HttpModule = z
  .strictObject({
    ...ipProtocol,
    method: z
      .string()
      .regex(/^[A-Z]+$/, 'expected a method such as GET or POST')
      .default('GET')
      .describe('Method of the request.'),
    valid_status_codes: z
      .array(z.int().min(100).max(999))
      .default([])
      .describe('Accepted codes; by default 200 to 299.'),
    valid_http_versions: z
      .array(z.string().regex(/^HTTP\/\d(\.\d)?$/, 'expected a version such as HTTP/1.1'))
      .default([])
      .describe('Accepted versions, such as HTTP/1.1; by default every one.'),
    headers: z.record(HeaderName, z.string()).default({}).describe('Headers of the request; Host is one of them.'),
    body: z.string().max(1_000_000).default('').describe('Body of the request.'),
    body_size_limit: ByteSize.prefault(0).describe('Longest body that is accepted, such as 10MB; 0 sets no limit.'),
    compression: z
      .enum(['', 'gzip', 'br', 'deflate', 'identity'])
      .default('')
      .describe('How a compressed answer is read; send a fitting Accept-Encoding among the headers.'),
    follow_redirects: z.boolean().default(true).describe('Whether redirects are followed, 10 at most.'),
    fail_if_ssl: z.boolean().default(false).describe('Whether an answer over TLS is a failure.'),
    fail_if_not_ssl: z.boolean().default(false).describe('Whether an answer without TLS is a failure.'),
    fail_if_body_matches_regexp: z.array(Regexp).default([]).describe('The body must match none of these.'),
    fail_if_body_not_matches_regexp: z.array(Regexp).default([]).describe('The body must match all of these.'),
    fail_if_header_matches: z.array(HeaderMatch).default([]).describe('The headers must match none of these.'),
    fail_if_header_not_matches: z.array(HeaderMatch).default([]).describe('The headers must match all of these.'),
    basic_auth: BasicAuth.optional().describe('User and password of HTTP basic authentication.'),
    bearer_token: Secret.optional().describe('Token that is sent as Authorization: Bearer.'),
    authorization: Authorization.optional().describe('Another Authorization header.'),
    tls_config: TlsConfig.prefault({}).describe('TLS of the connection.'),
  })
  .superRefine(({ basic_auth, bearer_token, authorization }, context) => {
    const given = Object.entries({ basic_auth, bearer_token, authorization }).filter(
      ([, value]) => value !== undefined,
    );
    for (const [key] of given.slice(1)) {
      context.addIssue({ code: 'custom', path: [key], message: `expected only one of ${given[0]?.[0]} and ${key}` });
    }
  });
export type HttpModule = z.output<typeof HttpModule>;
