import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Counter, collectDefaultMetrics, Histogram, Registry, Summary } from 'prom-client';
import { describe, expect, it } from 'vitest';
import {
  counter,
  fieldOf,
  gauge,
  histogram,
  histogramSamples,
  type Sample,
  sample,
  untyped,
} from '../../src/model/sample.ts';
import { createExposition } from '../../src/samples/exposition.ts';
import { binary, needs } from '../support/services.ts';

const openMetrics = 'application/openmetrics-text;version=1.0.0';
const temperature = gauge('room_temperature_celsius', 'How warm it is.', ['room']);
const opened = counter('door_opened_total', 'How often the door was opened.', ['room']);
const words = 'a "quoted"\nline with \\ and ünïcode 🚪';

const samples: readonly Sample[] = [
  sample(temperature, { room: words }, 21.5),
  sample(temperature, { room: 'nan' }, Number.NaN),
  sample(temperature, { room: 'hot' }, Number.POSITIVE_INFINITY),
  sample(temperature, { room: 'cold' }, Number.NEGATIVE_INFINITY),
  sample(temperature, { room: 'ends in Nan' }, 1e21),
  sample(opened, { room: 'a' }, 3),
  sample(gauge('plain', 'No label, tiny value.'), {}, 1e-7),
];

const waits = histogram('door_wait_seconds', 'How long somebody waited at the door.', ['room']);
const counted = { bounds: [0.5, 5, 60], counts: [1, 0, 3], above: 2, sum: 421.5 };
const histograms: readonly Sample[] = [
  ...histogramSamples(waits, { room: 'a' }, counted),
  ...histogramSamples(waits, { room: 'b' }, { ...counted, counts: [0, 0, 0], above: 0, sum: 0 }),
];

function selfMetrics(): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const things = new Counter({ name: 'things_total', help: 'Things.', labelNames: ['kind'], registers });
  things.inc({ kind: words }, 2);
  new Histogram({ name: 'work_seconds', help: 'Work.', labelNames: ['kind'], registers }).observe({ kind: 'x' }, 0.3);
  new Summary({ name: 'wait_seconds', help: 'Waits.', registers }).observe(0.2);
  return registry;
}

async function linesFor(
  accept: string | undefined,
  shown = samples,
  registry = new Registry(),
): Promise<readonly string[]> {
  const { body } = await createExposition({ registry, samples: () => shown }).render(accept);
  return body.split('\n').filter((line) => line !== '');
}

describe('createExposition', () => {
  it('prints every value in the text format', async () => {
    expect(await linesFor(undefined)).toEqual([
      '# HELP room_temperature_celsius How warm it is.',
      '# TYPE room_temperature_celsius gauge',
      'room_temperature_celsius{room="a \\"quoted\\"\\nline with \\\\ and ünïcode 🚪"} 21.5',
      'room_temperature_celsius{room="nan"} NaN',
      'room_temperature_celsius{room="hot"} +Inf',
      'room_temperature_celsius{room="cold"} -Inf',
      'room_temperature_celsius{room="ends in Nan"} 1e+21',
      '# HELP door_opened_total How often the door was opened.',
      '# TYPE door_opened_total counter',
      'door_opened_total{room="a"} 3',
      '# HELP plain No label, tiny value.',
      '# TYPE plain gauge',
      'plain 1e-7',
    ]);
  });

  it('prints the same series as OpenMetrics, a counter under its family name', async () => {
    const lines = await linesFor(openMetrics);
    const ofSamples = (all: readonly string[]) => all.filter((line) => !line.startsWith('#'));
    expect(ofSamples(lines)).toEqual(ofSamples(await linesFor(undefined)));
    expect(lines).toContain('# TYPE door_opened counter');
    expect(lines.at(-1)).toBe('# EOF');
  });

  it('prints both formats in turn, though prom-client renames its counters for OpenMetrics', async () => {
    const registry = selfMetrics();
    const exposition = createExposition({ registry, samples: () => samples });
    const first = await exposition.render('text/plain');
    const second = await exposition.render(openMetrics);
    const third = await exposition.render('text/plain');
    expect(second.contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(third.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(first.body).toContain('# TYPE things_total counter\nthings_total{');
    expect(second.body).toContain('# TYPE things counter\nthings_total{');
    expect(third.body).toContain('# TYPE things_total counter\nthings_total{');
  });

  it('shows what the samples say now, and nothing of what they said before', async () => {
    let now = samples;
    const exposition = createExposition({ registry: new Registry(), samples: () => now });
    await exposition.render(undefined);
    now = [sample(opened, { room: 'b' }, 4)];
    const { body } = await exposition.render(undefined);
    expect(body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      'door_opened_total{room="b"} 4',
    ]);
  });

  it('gives a family of two collectors, or of a collector and the registry, one header', async () => {
    const registry = new Registry();
    new Counter({ name: 'door_opened_total', help: 'Own.', registers: [registry] }).inc(7);
    const twin = gauge('room_temperature_celsius', 'Said otherwise.', ['house']);
    const lines = await linesFor(undefined, [...samples, sample(twin, { house: 'x' }, 5)], registry);
    expect(lines.filter((line) => line.startsWith('# TYPE room_temperature_celsius '))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('# TYPE door_opened_total '))).toHaveLength(1);
    expect(lines).toContain('room_temperature_celsius{house="x"} 5');
    expect(lines).toContain('door_opened_total 7');
    expect(lines).toContain('door_opened_total{room="a"} 3');
  });

  it.each([undefined, openMetrics])(
    'prints a histogram in its three parts under one header, for %s',
    async (accept) => {
      const lines = (await linesFor(accept, histograms)).filter((line) => line !== '# EOF');
      expect(lines.slice(0, 8)).toEqual([
        '# HELP door_wait_seconds How long somebody waited at the door.',
        '# TYPE door_wait_seconds histogram',
        'door_wait_seconds_bucket{room="a",le="0.5"} 1',
        'door_wait_seconds_bucket{room="a",le="5.0"} 1',
        'door_wait_seconds_bucket{room="a",le="60.0"} 4',
        'door_wait_seconds_bucket{room="a",le="+Inf"} 6',
        'door_wait_seconds_sum{room="a"} 421.5',
        'door_wait_seconds_count{room="a"} 6',
      ]);
      expect(lines).toContain('door_wait_seconds_bucket{room="b",le="+Inf"} 0');
      expect(lines).toHaveLength(14);
    },
  );

  it('keeps the names of counters that OpenMetrics has no word for', async () => {
    const odd = [
      sample(counter('netstat_drops', 'Without the suffix.'), {}, 1),
      sample(gauge('door_opened', 'A gauge of the family name.'), {}, 2),
      sample(opened, { room: 'a' }, 3),
    ];
    const lines = await linesFor(openMetrics, odd);
    expect(lines).toContain('netstat_drops 1');
    expect(lines).toContain('# TYPE netstat_drops unknown');
    expect(lines).toContain('# TYPE door_opened gauge');
    expect(lines).toContain('# TYPE door_opened_total unknown');
    expect(lines).toContain('door_opened_total{room="a"} 3');
  });

  it('prints a family of no known type as each format calls it, and fields of an open family by their own names', async () => {
    const field = untyped('node_netstat_<field>', 'Network statistic <field>.');
    const fields = [sample(fieldOf(field, 'Tcp_InErrs'), {}, 1), sample(fieldOf(field, 'odd-name$&'), {}, 2)];
    const text = await linesFor(undefined, fields);
    expect(text).toContain('# HELP node_netstat_Tcp_InErrs Network statistic Tcp_InErrs.');
    expect(text).toContain('# TYPE node_netstat_Tcp_InErrs untyped');
    expect(text).toContain('node_netstat_Tcp_InErrs 1');
    expect(text).toContain('node_netstat_odd_name__ 2');
    const open = await linesFor(openMetrics, fields);
    expect(open).toContain('# TYPE node_netstat_Tcp_InErrs unknown');
    expect(open).toContain('node_netstat_Tcp_InErrs 1');
  });

  it.each([
    [undefined, 'text'],
    ['', 'text'],
    ['*/*', 'text'],
    ['text/html', 'text'],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics'],
    ['application/openmetrics-text;version=0.0.1', 'text'],
    ['application/openmetrics-text;version=1.0.0;q=0', 'text'],
    ['application/openmetrics-text;version=1.0.0;q=0.2,text/plain;version=0.0.4;q=0.3', 'text'],
    ['text/plain;q=0.3,application/openmetrics-text;version=1.0.0;q=0.5', 'openmetrics'],
    ['application/openmetrics-text;q=oops,text/plain', 'text'],
    // What Prometheus 3 sends, without and with native histograms.
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'openmetrics',
    ],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.2',
      'openmetrics',
    ],
  ])('answers Accept %j with %s', async (accept, format) => {
    const { contentType } = await createExposition({ registry: new Registry(), samples: () => samples }).render(accept);
    expect(contentType.startsWith('application/openmetrics-text')).toBe(format === 'openmetrics');
  });

  it.skipIf(needs('promtool'))('is clean for promtool check metrics', async () => {
    const all = [...samples, ...histograms];
    const { body } = await createExposition({ registry: selfMetrics(), samples: () => all }).render(undefined);
    const { status, stdout, stderr } = spawnSync(binary('promtool'), ['check', 'metrics'], {
      input: body,
      encoding: 'utf8',
    });
    // prom-client's own default metrics are no business of ours here.
    expect((stdout + stderr).split('\n').filter((line) => line !== '' && !line.startsWith('nodejs_'))).toEqual([]);
    expect(status).not.toBe(1);
  });

  it.skipIf(needs('promtool'))("parses with Prometheus' OpenMetrics parser, label by label", async () => {
    const all = [...samples, ...histograms];
    const { body } = await createExposition({ registry: selfMetrics(), samples: () => all }).render(openMetrics);
    const folder = mkdtempSync(join(tmpdir(), 'openmetrics-'));
    try {
      const run = (args: readonly string[]) =>
        spawnSync(binary('promtool'), args, { encoding: 'utf8', timeout: 30_000 });
      // Blocks are made of samples with a time; a scrape has none.
      writeFileSync(join(folder, 'in.txt'), body.replace(/^([^#\n].*)$/gm, '$1 1700000000'));
      const made = run(['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'in.txt'), folder]);
      expect(made.stderr).toBe('');
      expect(made.status).toBe(0);
      // A database without a log is none to promtool.
      mkdirSync(join(folder, 'wal'));
      const { stdout } = run(['tsdb', 'dump', folder]);
      expect(stdout).toContain(`{__name__="room_temperature_celsius", room=${JSON.stringify(words)}} 21.5`);
      expect(stdout).toContain('{__name__="door_opened_total", room="a"} 3');
      expect(stdout).toContain('{__name__="room_temperature_celsius", room="nan"} NaN');
      expect(stdout).toContain('{__name__="work_seconds_bucket", kind="x", le="+Inf"} 1');
      expect(stdout).toContain('{__name__="door_wait_seconds_bucket", le="5.0", room="a"} 1');
      expect(stdout).toContain('{__name__="door_wait_seconds_count", room="a"} 6');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
