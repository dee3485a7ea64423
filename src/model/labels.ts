/** A label set. The metric's own name, where there is one, is the label `__name__`. */
export type Labels = Readonly<Record<string, string>>;

/** The label's value; '' where it is not there, also where every object has a member of that name: `constructor`. */
export function labelValue(labels: Labels, name: string): string {
  const value: unknown = labels[name];
  return typeof value === 'string' ? value : '';
}

/** Code-unit order, as Go compares strings. */
function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One string per label set, whatever the order of its keys: for maps and group keys. */
export function labelKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(byName));
}

/**
 * The 64-bit FNV-1a hash of the sorted labels with 0xff between the parts, as 16 hex digits: what Prometheus'
 * `model.LabelSet.Fingerprint` computes, so that an alert has one identity here and in Alertmanager.
 */
export function fingerprint(labels: Labels): string {
  const hash: Hash = { high: 0xcbf29ce4, low: 0x84222325 };
  for (const [name, value] of Object.entries(labels).sort(byName)) {
    addText(hash, name);
    addByte(hash, 0xff);
    addText(hash, value);
    addByte(hash, 0xff);
  }
  return hex(hash.high) + hex(hash.low);
}

/** 64 bits in two halves: a BigInt for each byte takes fifty times as long. */
interface Hash {
  high: number;
  low: number;
}

const encoder = new TextEncoder();

function addText(hash: Hash, text: string): void {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) {
      for (const byte of encoder.encode(text.slice(index))) addByte(hash, byte);
      return;
    }
    addByte(hash, code);
  }
}

/** The prime is 2^40 + 0x1b3; what a double holds exactly is enough for 0x1b3 times 32 bits. */
function addByte(hash: Hash, byte: number): void {
  const low = (hash.low ^ byte) >>> 0;
  const product = low * 0x1b3;
  const carry = Math.floor(product / 0x1_0000_0000);
  hash.high = (Math.imul(hash.high, 0x1b3) + carry + (low << 8)) >>> 0;
  hash.low = product >>> 0;
}

function hex(half: number): string {
  return half.toString(16).padStart(8, '0');
}
