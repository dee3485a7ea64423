import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { mapBounded } from '../lib/loop.ts';
import type { SecretSource } from '../lib/secret.ts';
import { gauge, type MetricDef, type Sample, sample, withOpenLabels } from '../model/sample.ts';
import type { Target, TargetModule } from '../model/target.ts';
import { PartialCollection } from './collector.ts';

/** As the configuration gives them. */
export type ProbeTarget = Target<SecretSource>;

const probeLabels = ['target', 'address', 'module'] as const;
export type ProbeLabels = Readonly<Record<(typeof probeLabels)[number], string>>;

/** A family of every probe of a module; a target's own labels come to it. */
export function probeGauge<const L extends string = never>(
  name: string,
  help: string,
  further: readonly L[] = [],
): MetricDef<(typeof probeLabels)[number] | L> {
  return withOpenLabels(gauge(name, help, [...probeLabels, ...further]));
}

/** Families that all modules share, with blackbox_exporter's names. */
export const probeMetrics = {
  success: probeGauge('probe_success', 'Whether the probe succeeded (1) or not (0).'),
  duration: probeGauge('probe_duration_seconds', 'How long the whole probe took.'),
  ipProtocol: probeGauge('probe_ip_protocol', 'Version of IP that the probe used: 4 or 6.'),
} as const;

/** What the modules answer in common. */
interface ProbeOutcome {
  readonly protocol: 4 | 6 | undefined;
  readonly failure: string | undefined;
  readonly detail?: string | undefined;
}

interface ProbeRun<R extends ProbeOutcome> {
  readonly module: TargetModule;
  readonly targets: readonly ProbeTarget[];
  readonly clock: Clock;
  readonly log: Log;
  readonly concurrency: number;
  /** How long the whole collection may take, and the longest that one probe takes; milliseconds. */
  readonly timeout: number;
  readonly longestProbe: number;
  probe(target: ProbeTarget): Promise<R>;
  samplesOf(result: R, labels: ProbeLabels, target: ProbeTarget): readonly Sample[];
}

/**
 * Probes all targets of a module. A target whose turn comes too late to end within the timeout is left out, and the
 * collection is a partial one: the others' results are not lost with it.
 */
export async function probeAll<R extends ProbeOutcome>(run: ProbeRun<R>): Promise<readonly Sample[]> {
  const { module, targets, clock, concurrency, timeout, longestProbe } = run;
  const mine = targetsOf(targets, module);
  const lastStart = clock.monotonic() + timeout - longestProbe;
  const answers = await mapBounded(mine, concurrency, async (target) =>
    clock.monotonic() > lastStart ? undefined : probeOne(run, target),
  );
  const samples = answers.flatMap((answer) => answer ?? []);
  const late = answers.filter((answer) => answer === undefined).length;
  if (late > 0) {
    throw new PartialCollection(
      `${late} of ${mine.length} targets were not probed within ${timeout / 1000} s`,
      samples,
    );
  }
  return samples;
}

export function targetsOf(targets: readonly ProbeTarget[], module: TargetModule): readonly ProbeTarget[] {
  return targets.filter(({ modules }) => modules.includes(module));
}

async function probeOne<R extends ProbeOutcome>(run: ProbeRun<R>, target: ProbeTarget): Promise<readonly Sample[]> {
  const { module, targets, clock, log } = run;
  const start = clock.monotonic();
  const result = await run.probe(target);
  const seconds = (clock.monotonic() - start) / 1000;
  const labels = { target: target.name, address: target.address, module };
  logChange(targets, log, labels, result);
  return [
    sample(probeMetrics.success, labels, Number(result.failure === undefined), target.labels),
    sample(probeMetrics.duration, labels, seconds, target.labels),
    ...(result.protocol === undefined ? [] : [sample(probeMetrics.ipProtocol, labels, result.protocol, target.labels)]),
    ...run.samplesOf(result, labels, target),
  ];
}

/** The last failure of each target, for as long as the configuration that lists them lives. */
const lastFailures = new WeakMap<readonly ProbeTarget[], Map<string, string | undefined>>();

/** A failure is logged when it begins, changes or ends, not at each probe. */
function logChange(
  targets: readonly ProbeTarget[],
  log: Log,
  { target, module }: ProbeLabels,
  { failure, detail }: ProbeOutcome,
): void {
  const failures = lastFailures.get(targets) ?? new Map<string, string | undefined>();
  lastFailures.set(targets, failures);
  const key = `${module} ${target}`;
  const before = failures.get(key);
  failures.set(key, failure);
  if (failure === before) return;
  if (failure !== undefined) log.warn({ target, module, failure, reason: detail }, 'probe failed');
  else log.info({ target, module }, 'probe recovered');
}
