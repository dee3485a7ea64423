/** RTF_UP, RTF_GATEWAY and RTF_REJECT of the kernel's route flags (include/uapi/linux/route.h). */
const up = 1;
const gateway = 2;
const reject = 512;

/** A default route. */
export interface DefaultRoute {
  /** An address, with its zone where it is link-local; undefined where the route has none, as through a tunnel. */
  readonly gateway: string | undefined;
  readonly metric: number;
}

/** The default route in `net/route`, of several the one with the least metric. Lines that are none are left out. */
export function defaultRoute4(text: string): DefaultRoute | undefined {
  return least(text.split('\n').flatMap(parse4));
}

/** The same of `net/ipv6_route`. */
export function defaultRoute6(text: string): DefaultRoute | undefined {
  return least(text.split('\n').flatMap(parse6));
}

function least(routes: readonly DefaultRoute[]): DefaultRoute | undefined {
  return routes.toSorted((a, b) => a.metric - b.metric)[0];
}

/** `eth0 00000000 0102A8C0 0003 0 0 100 00000000 …`: the address' bytes are in the order of a little-endian machine. */
function parse4(line: string): readonly DefaultRoute[] {
  const [, destination, address = '', flags = '', , , metric = '', mask] = line.split(/\s+/);
  if (destination !== '00000000' || mask !== '00000000' || !isUsable(flags)) return [];
  if (!/^[0-9A-F]{8}$/i.test(address) || !/^\d{1,10}$/.test(metric)) return [];
  const bytes = (address.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
  return [{ gateway: hasGateway(flags) ? bytes.reverse().join('.') : undefined, metric: Number(metric) }];
}

/** `<destination> 00 <source> 00 <gateway> <metric> <references> <uses> <flags> eth0`, all but the device in hex. */
function parse6(line: string): readonly DefaultRoute[] {
  const [destination = '', length, , , address = '', metric = '', , , flags = '', device = ''] = line
    .trim()
    .split(/\s+/);
  if (!/^0{32}$/.test(destination) || length !== '00' || !isUsable(flags)) return [];
  if (!/^[0-9a-f]{32}$/.test(address) || !/^[0-9a-f]{8}$/.test(metric) || !/^[\w.-]{1,15}$/.test(device)) return [];
  const text = (address.match(/.{4}/g) ?? []).map((group) => group.replace(/^0{1,3}/, '')).join(':');
  const zoned = /^fe[89ab]/.test(address) ? `${text}%${device}` : text;
  return [{ gateway: hasGateway(flags) ? zoned : undefined, metric: Number.parseInt(metric, 16) }];
}

function isUsable(flags: string): boolean {
  if (!/^[0-9A-F]{1,8}$/i.test(flags)) return false;
  const bits = Number.parseInt(flags, 16);
  return (bits & up) !== 0 && (bits & reject) === 0;
}

function hasGateway(flags: string): boolean {
  return (Number.parseInt(flags, 16) & gateway) !== 0;
}
