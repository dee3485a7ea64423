import type { z } from 'zod';
import type { BaseDeps, Collector, CollectorConfig } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import { type AnyProbe, bindProbes } from '../collectors/modules.ts';
import type { BoundCollector } from '../collectors/run.ts';
import type { Config } from '../config/schema.ts';
import type { Sources } from './sources.ts';

type Deps = BaseDeps & Sources & { readonly probes: readonly AnyProbe[] };

/** Fills in configuration and ports, so that the run of collectors need not know what differs between them. */
export function bindCollectors(config: Config, deps: BaseDeps & Sources): readonly BoundCollector[] {
  const all = { ...deps, probes: bindProbes(config.targets, config.modules) };
  const settings: Readonly<Record<string, CollectorConfig>> = config.collectors;
  return Object.entries(collectors).flatMap(([name, collector]) => {
    const own = settings[name];
    // The one place where collectors of different configurations stand in one list.
    return own ? [bind(collector as Collector<z.ZodType<CollectorConfig>, Deps>, own, all)] : [];
  });
}

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
    collect: (signal) => collector.collect(deps, config, signal),
  };
}
