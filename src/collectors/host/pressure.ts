import { counter, type Sample, sample } from '../../model/sample.ts';
import { type HostPart, type HostView, linesOf, NoData, numberOf } from './part.ts';

/** `some` tasks waited, or all were stalled (`full`); of the processor, only the first means anything host-wide. */
const families = [
  { file: 'cpu', line: 'some', metric: total('cpu', 'waiting', 'some task waited for a processor') },
  { file: 'io', line: 'some', metric: total('io', 'waiting', 'some task waited for input or output') },
  { file: 'io', line: 'full', metric: total('io', 'stalled', 'every task waited for input or output') },
  { file: 'memory', line: 'some', metric: total('memory', 'waiting', 'some task waited for memory') },
  { file: 'memory', line: 'full', metric: total('memory', 'stalled', 'every task waited for memory') },
  { file: 'irq', line: 'full', metric: total('irq', 'stalled', 'every task was held up by interrupts') },
] as const;

function total(resource: string, state: string, what: string) {
  return counter(`node_pressure_${resource}_${state}_seconds_total`, `Time during which ${what}.`);
}

/** `some avg10=0.14 avg60=0.68 avg300=0.53 total=21168678`: the totals in seconds, by the line's first word. */
export function parsePressure(text: string): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const line of linesOf(text)) {
    const [, kind = '', microseconds] = /^(some|full) .*\btotal=(\d+)$/.exec(line) ?? [];
    const value = numberOf(microseconds);
    if (value !== undefined) totals.set(kind, value / 1_000_000);
  }
  return totals;
}

export const pressure: HostPart = {
  name: 'pressure',
  metrics: Object.fromEntries(families.map(({ metric }) => [metric.name, metric])),
  async collect(view) {
    const files = ['cpu', 'io', 'memory', 'irq'] as const;
    const samples = (await Promise.all(files.map((file) => samplesOf(file, view)))).flat();
    if (samples.length === 0) throw new NoData('the kernel measures no pressure');
    return samples;
  },
};

async function samplesOf(file: string, view: HostView): Promise<readonly Sample[]> {
  const totals = parsePressure(await view.read(`pressure/${file}`).catch(emptyWhereUnsupported));
  return families.flatMap(({ file: from, line, metric }) => {
    const value = from === file ? totals.get(line) : undefined;
    return value === undefined ? [] : [sample(metric, {}, value)];
  });
}

/** A kernel before 4.20 has no such file, one started with psi=0 refuses to open it: no data, and no error. */
function emptyWhereUnsupported(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT' || error.code === 'EOPNOTSUPP' || error.code === 'ENOTSUP') return '';
  throw error;
}
