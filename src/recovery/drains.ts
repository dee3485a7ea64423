import { reasonOf } from '../lib/log.ts';
import { type DrainRequest, drain } from './drain.ts';
import type { RecoveryPorts } from './ports.ts';

export interface DrainState {
  readonly runner: string;
  readonly state: 'draining' | 'drained' | 'failed';
  /** What it waits for, or why it failed. */
  readonly reason: string;
  /** ms since the epoch. */
  readonly since: number;
}

export interface Drains {
  /** Goes on in the background. Throws where one is under way. */
  begin(request: DrainRequest): DrainState;
  /** The last one of the runner; undefined where there was none in this process. */
  of(runner: string): DrainState | undefined;
  /** Whether there was one to end. */
  cancel(runner: string): boolean;
  /** Ends when that of the runner has. */
  settledOf(runner: string): Promise<void>;
  settled(): Promise<void>;
}

/** Names come from whoever may ask. */
const maxKept = 1000;

/** The drains that people began. `draining` is told to recovery, which leaves these runners alone. */
export function createDrains(ports: RecoveryPorts, draining: Set<string>, signal: AbortSignal): Drains {
  const states = new Map<string, DrainState>();
  const underWay = new Map<string, { readonly done: Promise<void>; readonly cancel: AbortController }>();

  function note(runner: string, state: DrainState['state'], reason: string): DrainState {
    const since = state === 'draining' ? (states.get(runner)?.since ?? ports.clock.now()) : ports.clock.now();
    states.delete(runner);
    const next = { runner, state, reason, since };
    states.set(runner, next);
    for (const oldest of states.keys()) if (states.size > maxKept && !draining.has(oldest)) states.delete(oldest);
    return next;
  }

  async function carryOut(request: DrainRequest, cut: AbortSignal): Promise<void> {
    const { runner, by } = request;
    const tell = (reason: string): void => void note(runner, 'draining', reason);
    try {
      await drain(ports, request, tell, { signal: cut, lifetime: signal });
      note(runner, 'drained', request.stop ? 'its container is stopped' : 'it is idle, and cordoned where it can be');
      ports.log.info({ runner, by }, 'runner drained');
    } catch (error) {
      note(runner, 'failed', reasonOf(error));
      ports.log.warn({ runner, by, reason: reasonOf(error) }, 'runner was not drained');
    } finally {
      draining.delete(runner);
      underWay.delete(runner);
    }
  }

  return {
    begin(request) {
      const { runner } = request;
      if (draining.has(runner)) throw new Error(`${runner} is being drained already`);
      draining.add(runner);
      states.delete(runner);
      const begun = note(runner, 'draining', 'keeping jobs away');
      const cancel = new AbortController();
      underWay.set(runner, { cancel, done: carryOut(request, AbortSignal.any([signal, cancel.signal])) });
      return begun;
    },
    of: (runner) => states.get(runner),
    cancel(runner) {
      underWay.get(runner)?.cancel.abort(new Error('it was cancelled'));
      return underWay.has(runner);
    },
    settledOf: async (runner) => underWay.get(runner)?.done,
    settled: async () => {
      await Promise.all([...underWay.values()].map(({ done }) => done));
    },
  };
}
