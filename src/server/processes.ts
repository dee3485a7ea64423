import type { Clock } from '../lib/clock.ts';
import { freshForMs } from '../recovery/ask.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';

/** The command lines of a container's processes, by its name, asked for before somebody needs them. */
export interface Processes {
  /** Asks for those of a container that has just become unwell: by the time that the rules have spoken, Docker has answered. */
  expect(name: string): void;
  /** What was asked for ahead and when, monotonic; each answer once. */
  expected(name: string): Expected | undefined;
}

/** The answer is undefined where there is none. */
interface Expected {
  readonly at: number;
  readonly answer: Promise<readonly string[] | undefined>;
}

interface Parts {
  readonly docker: () => Pick<DockerSource, 'top'>;
  readonly clock: Clock;
  /** Ends what is asked ahead. */
  readonly signal: AbortSignal;
}

/** Of more at once than this, none is asked ahead. */
const most = 16;

/** Docker runs `ps` over the whole host for it, which takes longer than all else that is asked before a step. */
export function createProcesses({ docker, clock, signal }: Parts): Processes {
  const ahead = new Map<string, Expected>();

  function isFresh({ at }: Expected): boolean {
    return clock.monotonic() - at <= freshForMs;
  }

  return {
    expect(name) {
      for (const [old, asked] of ahead) if (!isFresh(asked)) ahead.delete(old);
      if (ahead.size >= most || ahead.has(name)) return;
      const answer = docker()
        .top(name, signal)
        .catch(() => undefined);
      ahead.set(name, { at: clock.monotonic(), answer });
    },
    expected(name) {
      const early = ahead.get(name);
      ahead.delete(name);
      return early && isFresh(early) ? early : undefined;
    },
  };
}
