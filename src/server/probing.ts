import { Registry } from 'prom-client';
import { probeMetrics } from '../collectors/probe.ts';
import type { Config } from '../config/schema.ts';
import type { ProbeRequest, TextAnswer } from '../http/ports.ts';
import { withDeadline } from '../lib/deadline.ts';
import { type Log, reasonOf, silentLog } from '../lib/log.ts';
import { createTurns, NoTurnError } from '../lib/turns.ts';
import { type Sample, sample } from '../model/sample.ts';
import { createExposition } from '../samples/exposition.ts';
import { collectOne } from './collecting.ts';
import { createProbeLog, debugPage } from './probe-debug.ts';
import { decide, type TimedProbe } from './probe-request.ts';
import type { Ground, Sources } from './sources.ts';

export type Probing = (request: ProbeRequest, signal: AbortSignal) => Promise<TextAnswer>;

interface Parts {
  readonly config: Config;
  readonly ground: Ground;
  readonly sources: Sources;
}

/** Who comes behind so many has no chance to be answered within a scrape's time. */
const maxWaiting = 1000;
/** How much longer than its own timeout a probe may take before it is given up from outside. */
const graceMs = 250;

/** `/probe`: one probe on demand, by the collectors' own code, and within a bound of its own. */
export function createProbing({ config, ground, sources }: Parts): Probing {
  const inTurn = createTurns(config.probe.concurrency, maxWaiting);
  return async (request, signal) => {
    const decided = decide(request, config);
    if ('refusal' in decided) return plain(decided.status, decided.refusal);
    const { probe } = decided;
    const started = ground.clock.monotonic();
    try {
      return await withDeadline(ground.clock, { ms: probe.timeout + graceMs, what: 'a turn', signal }, (cut) =>
        inTurn(cut, async () => {
          // Time that was spent in waiting is not there for the probe: the scraper's clock runs. A target is not
          // told to be down because of too little of it.
          const left = probe.timeout - (ground.clock.monotonic() - started);
          if (left < probe.timeout / 2) throw new NoTurnError('no turn came in time');
          return answer({ ...probe, timeout: left }, request, { config, ground, sources }, cut);
        }),
      );
    } catch (error) {
      if (signal.aborted || !isLate(error)) throw error;
      return plain(503, 'Too many probes at the same time');
    }
  };
}

function isLate(error: unknown): boolean {
  return error instanceof NoTurnError || (error instanceof Error && error.name === 'TimeoutError');
}

function plain(status: number, text: string): TextAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}

async function answer(
  probe: TimedProbe,
  request: ProbeRequest,
  parts: Parts,
  signal: AbortSignal,
): Promise<TextAnswer> {
  const { clock } = parts.ground;
  const kept = request.debug ? createProbeLog(clock) : undefined;
  const log = kept?.log ?? silentLog;
  const own = parts.config.modules[request.module]?.timeout;
  const { target, module, address, timeout } = probe;
  log.info({ module, target: target.name, address, timeout_seconds: timeout / 1000 }, 'Beginning probe');
  const samples = await run(probe, parts, log, signal);
  const success = samples.some(({ metric, value }) => metric === probeMetrics.success && value === 1);
  log.info({ module, target: target.name }, success ? 'Probe succeeded' : 'Probe failed');
  const exposition = createExposition({ registry: new Registry(), samples: () => samples });
  const { contentType, body } = await exposition.render(request.debug ? undefined : request.accept);
  return kept
    ? {
        status: 200,
        contentType: 'text/plain; charset=utf-8',
        body: debugPage({ log: kept, metrics: body, probe: { ...probe, timeout: own } }),
      }
    : { status: 200, contentType, body };
}

/** The samples of one probe as the original prints them: which target it is, the scraper's own labels say. */
async function run(probe: TimedProbe, parts: Parts, log: Log, signal: AbortSignal): Promise<readonly Sample[]> {
  const { clock } = parts.ground;
  const started = clock.monotonic();
  const deadline = { ms: probe.timeout + graceMs / 2, what: 'the probe', signal };
  const own = new Set(['target', 'address', 'module', ...Object.keys(probe.target.labels)]);
  try {
    const samples = await withDeadline(clock, deadline, (cut) => collectOne(probe, { ...parts, log }, cut));
    return samples
      .filter(({ labels }) => labels.module !== undefined)
      .map(({ metric, labels, value }) => ({ metric, labels: without(labels, own), value }));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    log.warn({ reason: reasonOf(error) }, 'probe could not be made');
    const seconds = (clock.monotonic() - started) / 1000;
    const labels = { target: '', address: '', module: '' };
    return [sample(probeMetrics.success, labels, 0), sample(probeMetrics.duration, labels, seconds)].map((one) => ({
      ...one,
      labels: {},
    }));
  }
}

function without(labels: Sample['labels'], names: ReadonlySet<string>): Sample['labels'] {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.has(name)));
}
