import { reasonOf } from '../lib/log.ts';
import { ownRegistrations } from './findings.ts';
import type { RecoveryPorts } from './ports.ts';
import { hiddenFaults, isWell } from './precondition.ts';

export type Verification =
  | { readonly well: true }
  /** `done` where the step has done all that it could. */
  | { readonly well: false; readonly done?: true; readonly reason: string };

const betweenLooksMs = 2000;

/** What is to be proved: that the runner in this container is well, or without one that GitHub lists it no more. */
export interface Claim {
  readonly runner: string;
  readonly verdict: string;
  readonly container: string | undefined;
  readonly timeoutMs: number;
}

type Ports = Pick<RecoveryPorts, 'clock' | 'docker' | 'github' | 'verdictOf'>;

/** Looks until the claim is true, or the time is over. A look that fails is no proof of anything: it is repeated. */
export async function verify(ports: Ports, claim: Claim, signal: AbortSignal): Promise<Verification> {
  const deadline = ports.clock.monotonic() + claim.timeoutMs;
  for (;;) {
    const reason = await look(ports, claim, signal);
    if (reason === undefined) return { well: true };
    if (ports.clock.monotonic() >= deadline) return { well: false, reason };
    await ports.clock.sleep(betweenLooksMs, signal);
  }
}

/** What is still missing; undefined where nothing is. */
async function look(ports: Ports, claim: Claim, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await (claim.container === undefined
      ? lookForNone(ports, claim, signal)
      : lookForWell(ports, { ...claim, container: claim.container }, signal));
  } catch (error) {
    signal.throwIfAborted();
    return reasonOf(error);
  }
}

async function lookForNone({ github }: Ports, { runner }: Claim, signal: AbortSignal): Promise<string | undefined> {
  const seen = await github.look(runner, signal);
  return seen.asked && seen.registrations.length === 0 ? undefined : 'GitHub still lists it';
}

async function lookForWell(
  { docker, github, verdictOf }: Ports,
  { runner, verdict, container: id }: Claim & { readonly container: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const container = await docker.inspect(id, signal);
  if (!container) return 'its container was removed';
  // GitHub is asked only once the container is well: that answer costs requests.
  if (!isWell({ container, github: { asked: false } })) {
    return `its container is ${container.state.status}, health ${container.health?.status ?? 'none'}`;
  }
  const seen = { container, github: await github.look(runner, signal) };
  if (!isWell(seen)) {
    const [first] = ownRegistrations(seen);
    return first ? `GitHub says ${first.runner.status}` : 'GitHub does not know it';
  }
  return hiddenFaults.has(verdict) && verdictOf(runner)?.verdict === verdict ? `it is still ${verdict}` : undefined;
}
