import { z } from 'zod';
import type { IpPreference } from '../resolver.ts';

/** The keys by which every prober chooses between IPv4 and IPv6. */
export const ipProtocol = {
  preferred_ip_protocol: z
    .enum(['ip4', 'ip6'])
    .default('ip6')
    .describe('The version of IP to use where a name has addresses of both.'),
  ip_protocol_fallback: z
    .boolean()
    .default(true)
    .describe('Whether the other version will do where there is no address of the preferred one.'),
} as const;

export interface IpProtocol {
  readonly preferred_ip_protocol: 'ip4' | 'ip6';
  readonly ip_protocol_fallback: boolean;
}

export function preferenceOf({ preferred_ip_protocol, ip_protocol_fallback }: IpProtocol): IpPreference {
  return { family: preferred_ip_protocol === 'ip6' ? 6 : 4, fallback: ip_protocol_fallback };
}
