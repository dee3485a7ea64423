import type { Labels } from '../../src/model/labels.ts';

/**
 * Prometheus' remote write 1.0: the one way into its storage that takes staleness markers at any time. The message is
 * `WriteRequest{1: TimeSeries{1: Label{1: name, 2: value}, 2: Sample{1: double, 2: int64 ms}}}`, in Snappy's block
 * format, of which literals alone are valid too.
 */
export async function remoteWrite(url: string, series: readonly WrittenSeries[]): Promise<void> {
  const body = snappy(Buffer.concat(series.map((one) => field(1, timeSeries(one)))));
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body,
  });
  if (!response.ok) throw new Error(`remote write: ${response.status} ${await response.text()}`);
}

export interface WrittenSeries {
  readonly labels: Labels;
  readonly points: readonly { readonly t: number; readonly v: number | 'stale' }[];
}

/** The NaN whose bits Prometheus reads as the end of a series. */
const staleBits = 0x7ff0000000000002n;

function timeSeries({ labels, points }: WrittenSeries): Buffer {
  // Prometheus takes labels in the order of their names only.
  const named = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])));
  return Buffer.concat([...named, ...points.map(({ t, v }) => field(2, sample(t, v)))]);
}

function sample(t: number, v: number | 'stale'): Buffer {
  const value = Buffer.alloc(9, 0x09);
  if (v === 'stale') value.writeBigUInt64LE(staleBits, 1);
  else if (Number.isNaN(v)) value.writeBigUInt64LE(0x7ff8000000000001n, 1);
  else value.writeDoubleLE(v, 1);
  return Buffer.concat([value, Buffer.from([0x10]), varint(BigInt.asUintN(64, BigInt(t)))]);
}

/** A length-delimited field. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(BigInt(content.length)), content]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

/** The length of it all, then literals with a two-byte length each. */
function snappy(content: Buffer): Buffer {
  const parts = [varint(BigInt(content.length))];
  for (let from = 0; from < content.length; from += 0x10000) {
    const literal = content.subarray(from, from + 0x10000);
    const size = literal.length - 1;
    parts.push(Buffer.from([61 << 2, size & 0xff, size >> 8]), literal);
  }
  return Buffer.concat(parts);
}
