import type { Clock } from '../lib/clock.ts';
import { fnv1a32, ipBytes } from '../lib/ip.ts';
import type { Log } from '../lib/log.ts';
import { mapBounded } from '../lib/loop.ts';
import { gauge, type MetricDef, type Sample, sample, withOpenLabels } from '../model/sample.ts';
import type { Prober } from '../model/target.ts';
import { PartialCollection } from './collector.ts';
import { type AnyProbe, type Probe, probesBy } from './modules.ts';
import type { ProbeTarget } from './targets.ts';

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
  lookup: probeGauge('probe_dns_lookup_time_seconds', 'How long it took to find the address of the name.'),
  ipProtocol: probeGauge('probe_ip_protocol', 'Version of IP that the probe used: 4 or 6; 0 without an address.'),
  ipHash: probeGauge('probe_ip_addr_hash', 'Hash of the IP address that was probed, to see when it changes.'),
} as const;

/** Of the probers that look for expressions. */
export const regexMetric = probeGauge(
  'probe_failed_due_to_regex',
  'Whether the probe failed because of a regular expression (1) or not (0).',
);

/** What the modules answer in common. */
interface ProbeOutcome {
  /** Milliseconds; absent where the prober says nothing of it. */
  readonly resolveMs?: number;
  /** Undefined where the name was not resolved. */
  readonly ip?: string | undefined;
  readonly protocol: 4 | 6 | undefined;
  readonly failure: string | undefined;
  readonly detail?: string | undefined;
  /** How long it took, where the time of the call is that of many probes together; milliseconds. */
  readonly durationMs?: number | undefined;
}

interface ProbeRun<P extends Prober, R extends ProbeOutcome> {
  readonly prober: P;
  readonly probes: readonly AnyProbe[];
  readonly clock: Clock;
  readonly log: Log;
  readonly concurrency: number;
  /** How long the whole collection may take, and the longest that one probe takes; milliseconds. */
  readonly timeout: number;
  readonly longestProbe: number;
  /** undefined where its turn came too late. */
  probe(probe: Probe<P>): Promise<R | undefined>;
  samplesOf(result: R, labels: ProbeLabels, probe: Probe<P>): readonly Sample[];
}

/**
 * Probes everything of a prober. A probe whose turn comes too late to end within the timeout is left out, and the
 * collection is a partial one: the others' results are not lost with it.
 */
export async function probeAll<P extends Prober, R extends ProbeOutcome>(
  run: ProbeRun<P, R>,
): Promise<readonly Sample[]> {
  const { prober, probes, clock, concurrency, timeout, longestProbe } = run;
  const mine = probesBy(prober, probes);
  const end = clock.monotonic() + timeout;
  const answers = await mapBounded(mine, concurrency, async (probe) =>
    clock.monotonic() > end - (probe.timeout ?? longestProbe) ? undefined : probeOne(run, probe),
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

/** Why a collector has nothing to probe; undefined where it has. */
export function idleWithout(prober: Prober, probes: readonly AnyProbe[]): string | undefined {
  return probes.some((probe) => probe.prober === prober) ? undefined : `no target with a module of prober ${prober}`;
}

async function probeOne<P extends Prober, R extends ProbeOutcome>(
  run: ProbeRun<P, R>,
  probe: Probe<P>,
): Promise<readonly Sample[] | undefined> {
  const { probes, clock, log } = run;
  const { target, module, address } = probe;
  const start = clock.monotonic();
  const result = await run.probe(probe);
  if (!result) return undefined;
  const seconds = (result.durationMs ?? clock.monotonic() - start) / 1000;
  const labels = { target: target.name, address, module };
  logChange(probes, log, labels, result);
  return [
    sample(probeMetrics.success, labels, Number(result.failure === undefined), target.labels),
    sample(probeMetrics.duration, labels, seconds, target.labels),
    ...addressSamples(result, labels, target),
    ...run.samplesOf(result, labels, probe),
  ];
}

function addressSamples({ resolveMs, ip, protocol }: ProbeOutcome, labels: ProbeLabels, { labels: own }: ProbeTarget) {
  if (resolveMs === undefined)
    return protocol === undefined ? [] : [sample(probeMetrics.ipProtocol, labels, protocol, own)];
  return [
    sample(probeMetrics.lookup, labels, resolveMs / 1000, own),
    sample(probeMetrics.ipProtocol, labels, protocol ?? 0, own),
    sample(probeMetrics.ipHash, labels, ip === undefined ? 0 : fnv1a32(ipBytes(ip)), own),
  ];
}

/** The last failure of each probe, for as long as the configuration that lists them lives. */
const lastFailures = new WeakMap<readonly AnyProbe[], Map<string, string | undefined>>();

/** A failure is logged when it begins, changes or ends, not at each probe. */
function logChange(
  probes: readonly AnyProbe[],
  log: Log,
  { target, module, address }: ProbeLabels,
  { failure, detail }: ProbeOutcome,
): void {
  const failures = lastFailures.get(probes) ?? new Map<string, string | undefined>();
  lastFailures.set(probes, failures);
  const key = JSON.stringify([module, target, address]);
  const before = failures.get(key);
  failures.set(key, failure);
  if (failure === before) return;
  if (failure !== undefined) log.warn({ target, module, failure, reason: detail }, 'probe failed');
  else log.info({ target, module }, 'probe recovered');
}
