// Run it: node bench/exposition.bench.ts
import { Registry } from 'prom-client';
import { gauge, type Sample, sample } from '../src/model/sample.ts';
import { createExposition } from '../src/samples/exposition.ts';
import { createHistory, toSeries } from '../src/samples/history.ts';
import { createLatest } from '../src/samples/latest.ts';

const families = Array.from({ length: 120 }, (_, index) =>
  gauge(`container_metric_${index}_bytes`, 'One of many.', ['id', 'name', 'image', 'interface']),
);

/** 12,000 series as a collector makes them: every object new. */
function collect(): readonly Sample[] {
  return families.flatMap((family) =>
    Array.from({ length: 100 }, (_, index) => {
      const labels = { id: `/docker/${'0123456789abcdef'.repeat(4)}${index}`, name: `runner-${index}` };
      return sample(family, { ...labels, image: 'ghcr.io/owner/image:latest', interface: 'eth0' }, index * 1e7);
    }),
  );
}

/** The text format and nothing else: what a writer of our own would cost. */
function written(samples: readonly Sample[]): string {
  let body = '';
  let family = '';
  for (const { metric, labels, value } of samples) {
    if (metric.name !== family) body += `# HELP ${metric.name} ${metric.help}\n# TYPE ${metric.name} ${metric.type}\n`;
    family = metric.name;
    const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escaped(text)}"`);
    body += `${metric.name}{${pairs.join(',')}} ${value}\n`;
  }
  return body;
}

function escaped(text: string): string {
  return /[\\\n"]/.test(text) ? text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"') : text;
}

/** Runs `work` on what `prepare` makes, and prints the median in milliseconds; preparing is not counted. */
async function measure<T>(what: string, prepare: () => T, work: (prepared: T) => unknown): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 30; round++) {
    const prepared = prepare();
    const start = performance.now();
    await work(prepared);
    times.push(performance.now() - start);
  }
  const median = times.sort((a, b) => a - b)[15] ?? Number.NaN;
  console.log(`${median.toFixed(1).padStart(8)} ms  ${what}`);
}

const latest = createLatest();
latest.replace('containers', collect());
const history = createHistory({ retentionMs: 300_000, maxSeries: 20_000, maxPoints: 1_000_000 });
const target = { job: 'runnerwatch', instance: 'bench' };
let at = 0;

console.log('12,000 series, median of 30');
await measure('text by the registry, every label object new', collect, (samples) =>
  createExposition({ registry: new Registry(), samples: () => samples }).render('text/plain'),
);
await measure('text by a writer of our own, every label object new', collect, written);
await measure('text by the registry, label objects as Latest keeps them', latest.all, (samples) =>
  createExposition({ registry: new Registry(), samples: () => samples }).render('text/plain'),
);
await measure('OpenMetrics by the registry, label objects as Latest keeps them', latest.all, (samples) =>
  createExposition({ registry: new Registry(), samples: () => samples }).render('application/openmetrics-text'),
);
await measure('Latest takes a picture', collect, (samples) => latest.replace('containers', samples));
await measure('the history takes a scrape', latest.all, (samples) => {
  at += 15_000;
  return history.append('scrape', at, toSeries(samples, target));
});
