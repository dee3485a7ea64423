import type { Clock } from '../lib/clock.ts';
import { TimeoutError } from '../lib/deadline.ts';
import { reasonOf } from '../lib/log.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';
import type { Procfs } from '../sources/procfs/procfs.ts';
import { type BaseDeps, defineCollector, PartialCollection } from './collector.ts';
import { HostConfig } from './host/config.ts';
import { type HostPart, type HostView, NoData } from './host/part.ts';
import { hostParts } from './host/parts.ts';
import { viewOf } from './host/view.ts';

const success = gauge('node_scrape_collector_success', 'Whether a part of the host could be read (1) or not (0).', [
  'collector',
]);
const duration = gauge('node_scrape_collector_duration_seconds', 'How long it took to read a part of the host.', [
  'collector',
]);

type HostDeps = BaseDeps & { readonly procfs: Procfs };

export const host = defineCollector({
  name: 'host',
  help: "The host's processors, memory, filesystems, disks, network, sensors and pressure, as node_exporter names them.",
  schedule: 'scrape',
  config: HostConfig,
  metrics: {
    success,
    duration,
    ...Object.fromEntries(
      hostParts.flatMap(({ metrics }) => Object.values(metrics).map((metric) => [metric.name, metric])),
    ),
  },
  async collect(deps: HostDeps, config, signal) {
    const parts = hostParts.filter(({ name }) => !config.disable.includes(name));
    const view = viewOf(deps, config, signal);
    using limit = timeLimit(deps.clock, config.timeout * partOfTimeout);
    const results = await Promise.all(parts.map((part) => collectPart(part, view, deps, limit.passed)));
    const samples = results.flatMap((result) => result.samples);
    const failed = results.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    if (failed.length > 0) {
      throw new PartialCollection(summaryOf(failed, parts.length, deps.procfs.paths.procfs), samples);
    }
    return samples;
  },
});

/** With more than ten parts failing, it is procfs itself that is not there: one sentence says more than ten. */
function summaryOf(failed: readonly string[], parts: number, procfs: string): string {
  if (failed.length <= 10) return failed.join('; ');
  return `${failed.length} of ${parts} parts could not be read under ${procfs}, such as ${failed[0]}`;
}

interface PartResult {
  readonly samples: readonly Sample[];
  readonly failure: string | undefined;
}

/** A part that hangs is given up early enough for the others to be shown. */
const partOfTimeout = 0.6;

/** One timer for all parts: `passed` rejects when the time is over. */
function timeLimit(clock: Clock, ms: number): Disposable & { readonly passed: Promise<never> } {
  const timer = new AbortController();
  const { promise: passed, reject } = Promise.withResolvers<never>();
  clock.sleep(ms, timer.signal).then(
    () => reject(new TimeoutError(`it did not answer within ${ms / 1000} s`)),
    () => undefined,
  );
  passed.catch(() => undefined);
  return { passed, [Symbol.dispose]: () => timer.abort() };
}

async function collectPart(
  part: HostPart,
  view: HostView,
  { clock }: BaseDeps,
  late: Promise<never>,
): Promise<PartResult> {
  const start = clock.monotonic();
  const labels = { collector: part.name };
  const ended = (collected: readonly Sample[], ok: boolean, failure?: string): PartResult => ({
    samples: [
      ...collected,
      sample(success, labels, Number(ok)),
      sample(duration, labels, (clock.monotonic() - start) / 1000),
    ],
    failure,
  });
  try {
    return ended(await Promise.race([part.collect(view), late]), true);
  } catch (error) {
    return error instanceof NoData ? ended([], false) : ended([], false, `${part.name}: ${reasonOf(error)}`);
  }
}
