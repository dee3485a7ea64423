import { Registry } from 'prom-client';
import type { Labels } from '../model/labels.ts';
import type { Sample } from '../model/sample.ts';
import { type ExpositionFormat, negotiate } from './negotiate.ts';

export interface Exposition {
  /** Everything there is, in the format that the Accept header asks for. */
  render(accept: string | undefined): Promise<{ readonly contentType: string; readonly body: string }>;
}

export interface ExpositionDeps {
  /** Self-metrics; prom-client's own metric objects. */
  readonly registry: Registry;
  /** The collectors' samples, free of duplicates as `Latest` gives them. */
  samples(): readonly Sample[];
}

/** One value as prom-client's registry prints it. */
interface PrintedValue {
  readonly metricName?: string;
  readonly labels?: Labels;
  /** Printed like `labels`; the text is remembered per object. */
  readonly sharedLabels?: Labels;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly PrintedValue[];
}

/** What prom-client's registry asks of a metric; its types say only that it is one of its own classes. */
type RegistryMetric = Parameters<Registry['registerMetric']>[0];

/** A registered metric as it is at run time; histograms answer through `getForPromString`. */
interface Registered {
  get(): Promise<Family>;
  getForPromString?(): Promise<Family>;
}

export function createExposition({ registry, samples }: ExpositionDeps): Exposition {
  return {
    async render(accept) {
      const format = negotiate(accept);
      const own = await Promise.all(
        registry.getMetricsAsArray().map((metric) => familyOf(metric as unknown as Registered)),
      );
      const families = merged([...own, ...familiesOf(samples())]);
      const page = pageFor(format);
      for (const family of format === 'openmetrics' ? asOpenMetrics(families) : families)
        page.registerMetric(constant(family));
      const body = await page.metrics();
      return { contentType: page.contentType, body: withSpelledNaN(body) };
    },
  };
}

/**
 * A registry per page: prom-client's OpenMetrics mode renames the counters that it prints, for good, so one registry
 * cannot print both formats.
 */
function pageFor(format: ExpositionFormat): Registry {
  const page: Registry = new Registry();
  // A registry of the other content type is another type to TypeScript, and the same object at run time.
  if (format === 'openmetrics') page.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  return page;
}

function familyOf(metric: Registered): Promise<Family> {
  return metric.getForPromString ? metric.getForPromString() : metric.get();
}

/** A constant metric: what it printed last does not linger, because it never outlives its page. */
function constant(family: Family): RegistryMetric {
  return { ...family, get: () => Promise.resolve(family) } as unknown as RegistryMetric;
}

function familiesOf(samples: readonly Sample[]): readonly Family[] {
  const families = new Map<string, Family & { readonly values: PrintedValue[] }>();
  for (const { metric, labels, value } of samples) {
    const { family: name = metric.name, help, type } = metric;
    const family = families.get(name) ?? { name, help, type, values: [] };
    families.set(name, family);
    const part = name === metric.name ? {} : { metricName: metric.name };
    family.values.push({ ...part, sharedLabels: labels, value });
  }
  return [...families.values()];
}

/** A family may come from two collectors, or from a collector and the registry: it has one header, the first one's. */
function merged(families: readonly Family[]): readonly Family[] {
  const byName = new Map<string, Family>();
  for (const family of families) {
    const first = byName.get(family.name);
    byName.set(family.name, first ? { ...first, values: [...first.values, ...family.values] } : family);
  }
  return [...byName.values()];
}

/**
 * OpenMetrics names a counter's family without `_total`, and knows no counter without it: such a one becomes
 * `unknown`, so that its series keeps its name in both formats. So does one whose family name is a gauge's already.
 */
function asOpenMetrics(families: readonly Family[]): readonly Family[] {
  const taken = new Set(families.map(({ name }) => name));
  return families.map((family) => {
    if (family.type === 'untyped') return { ...family, type: 'unknown' };
    if (family.type !== 'counter') return family;
    const name = family.name.replace(/_total$/, '');
    return taken.has(name) ? { ...family, type: 'unknown' } : { ...family, name };
  });
}

/** prom-client prints `Nan`, which neither format has. */
function withSpelledNaN(body: string): string {
  return body.includes(' Nan\n') ? body.replace(/^([^#\n].*) Nan$/gm, '$1 NaN') : body;
}
