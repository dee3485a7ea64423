export interface HostPort {
  readonly host: string;
  /** Undefined where the text names none. */
  readonly port: number | undefined;
}

/** `host`, `host:port`, `[::1]:port` or a bare IPv6 address; undefined where the port is none. */
export function splitHostPort(address: string): HostPort | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d{1,5}))?$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined)
    return address.includes('::') || address.split(':').length === 8 ? { host: address, port: undefined } : undefined;
  if (host === '') return undefined;
  const port = digits === undefined ? undefined : Number(digits);
  return port !== undefined && (port === 0 || port > 65_535) ? undefined : { host, port };
}
