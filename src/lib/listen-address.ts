import { z } from 'zod';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const address = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s/]*)):(\d{1,5})$/;
const expected = 'expected an address and a port such as 127.0.0.1:9478, [::1]:9478 or :9478';

/** `host:port` in; an empty host means every interface. Port 0 lets the system choose. */
export const Listen = z
  .string(expected)
  .refine((text) => parseListen(text) !== undefined, expected)
  .transform((text) => parseListen(text) ?? { host: '', port: 0 })
  .meta({ type: 'string', pattern: address.source });

function parseListen(text: string): ListenAddress | undefined {
  const match = address.exec(text);
  if (!match || Number(match[3]) > 65_535) return undefined;
  const [, v6, name = ''] = match;
  return { host: v6 ?? (name === '' ? '0.0.0.0' : name), port: Number(match[3]) };
}

/** `127.0.0.1:9478`, with brackets around an IPv6 address. */
export function formatListen({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
