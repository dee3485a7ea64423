import { z } from 'zod';
import { Duration, HttpUrl } from '../lib/schema.ts';
import { Authorization, BasicAuth, Tls } from './http-settings.ts';

const Upstream = z
  .strictObject({
    url: HttpUrl.describe('Where it answers, without /api/v2.'),
    timeout: Duration.prefault('10s').describe('For one call.'),
    basic_auth: BasicAuth.optional().describe('User and password.'),
    authorization: Authorization.optional().describe('A token.'),
    tls_config: Tls.optional().describe('What differs from the usual TLS.'),
  })
  .refine(
    ({ basic_auth: basic, authorization }) => basic === undefined || authorization === undefined,
    'at most one of basic_auth and authorization',
  );

/** `alertmanagers` in runnerwatch.yml. */
export const Upstreams = z
  .array(Upstream)
  .max(16)
  .refine((all) => new Set(all.map(({ url }) => url)).size === all.length, 'each url once');

export type Upstream = z.output<typeof Upstream>;
