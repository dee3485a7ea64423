import type { z } from 'zod';
import type { CollectorConfig } from '../../src/collectors/collector.ts';
import { unreachableMetric } from '../../src/collectors/depends.ts';
import { collectors } from '../../src/collectors/index.ts';
import { collectorMetrics } from '../../src/collectors/run.ts';
import type { MetricDef } from '../../src/model/sample.ts';
import { verdictMetrics } from '../../src/recovery/verdict.ts';
import { createBrokerMeter } from '../../src/samples/broker-meter.ts';
import { engineMetrics } from '../../src/samples/engine.ts';
import { escalationMetrics } from '../../src/samples/escalation.ts';
import { createRecoveryMeter } from '../../src/samples/recovery-meter.ts';
import { ruleMetrics } from '../../src/samples/rules.ts';
import { createScalingMeter } from '../../src/samples/scaling-meter.ts';
import { createSelfMetrics } from '../../src/samples/self.ts';
import { silenceMetrics } from '../../src/samples/silences.ts';

/** What describes a collector, whatever its configuration and ports. */
export interface DescribedCollector {
  readonly name: string;
  readonly help: string;
  readonly schedule: string;
  readonly config: z.ZodType<CollectorConfig>;
  readonly metrics: Readonly<Record<string, MetricDef>>;
}

/** By the key that each has in `src/collectors/index.ts`. */
export const describedCollectors: Readonly<Record<string, DescribedCollector>> = collectors;

/** The part of prom-client's metric that its types leave out. */
interface RegisteredMetric {
  readonly name: string;
  readonly help: string;
  readonly type: MetricDef['type'];
  readonly labelNames?: readonly string[];
}

/** What Runnerwatch says of itself and of the runners, beside what its collectors say. */
export function ownFamilies(): readonly MetricDef[] {
  const { registry } = createSelfMetrics({ version: '', nodeVersion: '' }, () => 0);
  createBrokerMeter(registry, { token: [], report: [], denial: [] });
  createRecoveryMeter(registry, () => ({ enabled: true, pages: [], quarantined: [], paused: [], cordoned: [] }));
  createScalingMeter(registry, () => []);
  const registered = registry.getMetricsAsArray() as unknown as readonly RegisteredMetric[];
  return [
    ...Object.values(collectorMetrics),
    ...Object.values(verdictMetrics),
    unreachableMetric,
    ...Object.values(engineMetrics),
    ...Object.values(escalationMetrics),
    ...Object.values(ruleMetrics),
    ...Object.values(silenceMetrics),
    ...registered.map(({ name, help, type, labelNames = [] }) => ({
      name,
      help,
      type,
      labels: labelNames,
      openLabels: false,
    })),
  ];
}
