import type { DeviceCounters, Pressure } from '../../model/container.ts';

/** A count as the kernel writes it; undefined for `max`, for nothing, and for what is not a count. */
export function countOf(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  return /^\d{1,20}$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** `nr_periods 7` a line, as in `cpu.stat` and `memory.stat`; a line that is not so is left out. */
export function parseFlatKeyed(text: string | undefined): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of (text ?? '').split('\n')) {
    const space = line.indexOf(' ');
    const value = space > 0 ? countOf(line.slice(space + 1)) : undefined;
    if (value !== undefined) values.set(line.slice(0, space), value);
  }
  return values;
}

/** `some avg10=0.14 avg60=0.68 avg300=0.53 total=21168678` and `full …`; the totals are microseconds. */
export function parsePressureFile(text: string): Pressure {
  return { waitingSeconds: pressureTotal(text, 'some'), stalledSeconds: pressureTotal(text, 'full') };
}

function pressureTotal(text: string, kind: 'some' | 'full'): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${kind} `));
  const microseconds = countOf(/ total=(\d+)$/.exec(line?.trimEnd() ?? '')?.[1]);
  return microseconds === undefined ? undefined : microseconds / 1e6;
}

type Counters = { -readonly [K in keyof DeviceCounters]: DeviceCounters[K] };

function countersOf(device: string): Counters {
  return { device, readBytes: 0, writeBytes: 0, reads: 0, writes: 0 };
}

/** v2's `io.stat`: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0`. */
export function parseIoStat(text: string): readonly DeviceCounters[] {
  return text.split('\n').flatMap((line) => {
    const [, device, rest = ''] = /^(\d+:\d+) (.+)$/.exec(line.trimEnd()) ?? [];
    if (device === undefined) return [];
    const pairs = new Map(rest.split(' ').map((pair) => pair.split('=', 2) as [string, string | undefined]));
    const value = (key: string): number => countOf(pairs.get(key)) ?? 0;
    return [
      {
        device,
        readBytes: value('rbytes'),
        writeBytes: value('wbytes'),
        reads: value('rios'),
        writes: value('wios'),
      },
    ];
  });
}

/** v1's `blkio.throttle.*_recursive`: `8:0 Read 512` a line, one file of bytes and one of operations. */
export function parseBlkio(bytes: string | undefined, operations: string | undefined): readonly DeviceCounters[] {
  const devices = new Map<string, Counters>();
  for (const [device, op, value] of blkioLines(bytes)) {
    const counters = devices.get(device) ?? countersOf(device);
    devices.set(device, counters);
    if (op === 'Read') counters.readBytes += value;
    if (op === 'Write') counters.writeBytes += value;
  }
  for (const [device, op, value] of blkioLines(operations)) {
    const counters = devices.get(device) ?? countersOf(device);
    devices.set(device, counters);
    if (op === 'Read') counters.reads += value;
    if (op === 'Write') counters.writes += value;
  }
  return [...devices.values()];
}

/** The other operations (Sync, Async, Discard, Total) count the same again. */
function blkioLines(text: string | undefined): readonly (readonly [string, string, number])[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const [, device, op, digits] = /^(\d+:\d+) (Read|Write) (\d{1,20})$/.exec(line.trimEnd()) ?? [];
    return device === undefined || op === undefined ? [] : [[device, op, Number(digits)] as const];
  });
}
