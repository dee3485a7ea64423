import type { z } from 'zod';
import type { BaseDeps, Collector, CollectorConfig } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import { type AnyProbe, bindProbes } from '../collectors/modules.ts';
import type { BoundCollector } from '../collectors/run.ts';
import type { Config } from '../config/schema.ts';
import type { Sample } from '../model/sample.ts';
import type { Sources } from './sources.ts';

/** What one collector may know of another's last picture. */
interface Seen {
  readonly hostedRunners?: () => ReadonlySet<string>;
}

type Deps = BaseDeps & Sources & Seen & { readonly probes: readonly AnyProbe[] };

/** Fills in configuration and ports, so that the run of collectors need not know what differs between them. */
export function bindCollectors(config: Config, deps: BaseDeps & Sources & Seen): readonly BoundCollector[] {
  const all = { ...deps, probes: bindProbes(config.targets, config.modules) };
  const settings: Readonly<Record<string, CollectorConfig>> = config.collectors;
  return Object.entries(collectors).flatMap(([name, collector]) => {
    const own = settings[name];
    // The one place where collectors of different configurations stand in one list.
    return own ? [bind(collector as Collector<z.ZodType<CollectorConfig>, Deps>, own, all)] : [];
  });
}

/** One probe by its prober's collector, beside the schedule. ICMP sends one request, as blackbox_exporter does. */
export function collectOne(
  probe: AnyProbe & { readonly timeout: number },
  { config, ground, sources, log }: { config: Config; ground: BaseDeps; sources: Sources; log: BaseDeps['log'] },
  signal: AbortSignal,
): Promise<readonly Sample[]> {
  const collector = collectors[probe.prober] as Collector<z.ZodType<CollectorConfig>, Deps>;
  const settings: CollectorConfig = { ...config.collectors[probe.prober], timeout: probe.timeout + roundMs };
  const own = probe.prober === 'icmp' ? { ...settings, count: 1 } : settings;
  return collector.collect({ ...ground, ...sources, log, probes: [probe] }, own, signal);
}

/** A round must leave room for one probe. */
const roundMs = 60_000;

function bind(
  collector: Collector<z.ZodType<CollectorConfig>, Deps>,
  config: CollectorConfig,
  deps: Deps,
): BoundCollector {
  const { name, schedule } = collector;
  return {
    name,
    schedule,
    config,
    idle: () => collector.idle?.(deps, config),
    ...(collector.pace && { pace: () => collector.pace?.(deps, config) ?? config.interval ?? config.timeout }),
    ...(collector.view && { view: () => collector.view?.(deps, config) ?? [] }),
    collect: (signal) => collector.collect(deps, config, signal),
  };
}
