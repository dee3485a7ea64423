import { isIP } from 'node:net';

/** Whether the text is an IPv4 or IPv6 address. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}

/** The bytes of an IP address: 4 of IPv4 and of IPv4 mapped into IPv6, else 16. Expects a valid address. */
export function ipBytes(address: string): readonly number[] {
  if (!address.includes(':')) return address.split('.').map(Number);
  const [plain = ''] = address.split('%');
  const bytes = sixteen(plain);
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return isMapped ? bytes.slice(12) : bytes;
}

function sixteen(address: string): readonly number[] {
  const [head = '', tail] = address.split('::');
  const before = groups(head);
  if (tail === undefined) return before;
  const after = groups(tail);
  return [...before, ...new Array<number>(16 - before.length - after.length).fill(0), ...after];
}

function groups(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** FNV-1a with 32 bits, as its authors define it: http://www.isthe.com/chongo/tech/comp/fnv/. */
export function fnv1a32(bytes: readonly number[]): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5);
}
