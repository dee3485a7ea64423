import { reasonOf } from '../lib/log.ts';
import type { ContainerDetails } from '../model/container.ts';
import { findingsOf } from './ask.ts';
import { cordon, uncordon, whyNoCordon } from './cordon.ts';
import { type Findings, ownRegistrations } from './findings.ts';
import type { RecoveryPorts } from './ports.ts';
import { busyBy } from './precondition.ts';

export interface DrainRequest {
  readonly runner: string;
  readonly by: string;
  readonly timeoutMs: number;
  /** Whether the idle container is stopped; where not, the runner stays cordoned. */
  readonly stop: boolean;
  /** How long the container may take to stop. */
  readonly graceMs: number;
}

/** How far it is, in a sentence. */
type Tell = (progress: string) => void;

const betweenLooksMs = 2000;
/** GitHub may have given it a job that nobody shows yet. */
const idleLooks = 3;

/**
 * Keeps jobs away, waits until nobody says that one runs, and stops the container in good order. Rejects where that is not
 * done in time, or cannot be: all is then as before. Who stopped it gives its labels back: it takes no jobs while it is down.
 */
export async function drain(
  ports: RecoveryPorts,
  request: DrainRequest,
  tell: Tell,
  { signal, lifetime }: { readonly signal: AbortSignal; readonly lifetime: AbortSignal },
): Promise<void> {
  const { runner, by, stop } = request;
  let isDone = false;
  try {
    await keepJobsAway(ports, request, tell, signal);
    const container = await untilIdle(ports, request, tell, signal);
    if (stop && container) {
      tell('it is idle; stopping its container');
      await ports.docker.stop(container.name, Math.ceil(request.graceMs / 1000), signal);
    }
    isDone = true;
  } finally {
    const isOurs = ports.cordons.of(runner).some(({ purpose }) => purpose === 'drain');
    if (isOurs && isDone && !stop) keepFor(ports, runner, by);
    // What was cancelled gives back all the same; where the process ends, the next one does.
    else if (isOurs && !lifetime.aborted) await giveBack(ports, runner, by, lifetime);
  }
}

async function keepJobsAway(ports: RecoveryPorts, { runner, by }: DrainRequest, tell: Tell, signal: AbortSignal) {
  const findings = await found(ports, runner, signal);
  const registrations = ownRegistrations(findings);
  const isCordoned = ports.cordons.of(runner).length > 0;
  const why = whyNoCordon(registrations);
  if (why !== undefined && !isCordoned) return tell(`it cannot be cordoned, and may get another job: ${why}`);
  await cordon(ports, { runner, by, purpose: 'drain' }, registrations, signal);
}

/** Its container, or undefined where it does not run any more. */
async function untilIdle(
  ports: RecoveryPorts,
  { runner, timeoutMs }: DrainRequest,
  tell: Tell,
  signal: AbortSignal,
): Promise<ContainerDetails | undefined> {
  const { clock } = ports;
  const deadline = clock.monotonic() + timeoutMs;
  let idle = 0;
  for (;;) {
    const findings = await found(ports, runner, signal).catch(reasonOf);
    signal.throwIfAborted();
    const why = typeof findings === 'string' ? findings : whyNotIdle(findings);
    if (typeof findings !== 'string' && !findings.container?.state.running && why === undefined) return undefined;
    idle = why === undefined ? idle + 1 : 0;
    if (idle >= idleLooks && typeof findings !== 'string') return findings.container;
    tell(why ?? 'nobody says that it works on a job; looking once more');
    if (clock.monotonic() >= deadline) throw new Error(`it was not idle in time: ${why ?? 'it is so only now'}`);
    await clock.sleep(betweenLooksMs, signal);
  }
}

/** GitHub, the processes and the health check, each with a veto; no answer is no yes. */
function whyNotIdle(findings: Findings): string | undefined {
  const { container, processes } = findings;
  if (container?.state.running && processes === undefined) return 'Docker did not say whether its worker process runs';
  return busyBy(findings);
}

async function found(ports: RecoveryPorts, runner: string, signal: AbortSignal): Promise<Findings> {
  const findings = await findingsOf(ports, runner, signal);
  if (typeof findings === 'string') throw new Error(findings);
  if (!findings.container) throw new Error('no container here is labelled as this runner');
  return findings;
}

function keepFor({ cordons }: RecoveryPorts, runner: string, by: string): void {
  for (const one of cordons.of(runner)) cordons.put({ ...one, by, purpose: 'person' });
}

/** Where that fails it is tried again as long as the cordon is on disk. */
async function giveBack(ports: RecoveryPorts, runner: string, by: string, signal: AbortSignal): Promise<void> {
  await uncordon(ports, { runner, by }, signal).catch((error: unknown) =>
    ports.log.warn({ runner, reason: reasonOf(error) }, 'the labels could not be given back yet'),
  );
}
