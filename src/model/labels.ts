/** A label set. The metric's own name, where there is one, is the label `__name__`. */
export type Labels = Readonly<Record<string, string>>;

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
  let hash = 0xcbf29ce484222325n;
  const encoder = new TextEncoder();
  const add = (byte: number): void => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  };
  for (const [name, value] of Object.entries(labels).sort(byName)) {
    for (const byte of encoder.encode(name)) add(byte);
    add(0xff);
    for (const byte of encoder.encode(value)) add(byte);
    add(0xff);
  }
  return hash.toString(16).padStart(16, '0');
}
