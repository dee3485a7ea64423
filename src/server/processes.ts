import type { Clock } from '../lib/clock.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';

/** The command lines of a container's processes, by its name. */
export interface Processes {
  /** Asks for those of a container that has just become unwell: by the time that the rules have spoken, Docker has answered. */
  expect(name: string): void;
  /** Throws where the container is gone. */
  of(name: string, signal: AbortSignal): Promise<readonly string[]>;
}

interface Parts {
  readonly docker: () => Pick<DockerSource, 'top'>;
  readonly clock: Clock;
  /** Ends what is asked ahead. */
  readonly signal: AbortSignal;
}

/**
 * How old an answer may be that was asked for ahead. A job that begins meanwhile is known to GitHub before its process
 * runs, and GitHub is asked after this.
 */
const goodForMs = 250;
/** What nobody comes for is forgotten with the next one; of more at once than this, none is asked ahead. */
const most = 16;

/** Docker runs `ps` over the whole host for it, which takes longer than all else that is asked before a step. */
export function createProcesses({ docker, clock, signal }: Parts): Processes {
  const ahead = new Map<string, { readonly at: number; readonly answer: Promise<readonly string[] | undefined> }>();

  function isGood({ at }: { readonly at: number }): boolean {
    return clock.monotonic() - at <= goodForMs;
  }

  /** Each answer counts once. */
  function take(name: string): Promise<readonly string[] | undefined> | undefined {
    const early = ahead.get(name);
    ahead.delete(name);
    return early && isGood(early) ? early.answer : undefined;
  }

  return {
    expect(name) {
      for (const [old, asked] of ahead) if (!isGood(asked)) ahead.delete(old);
      if (ahead.size >= most || ahead.has(name)) return;
      const answer = docker()
        .top(name, signal)
        .catch(() => undefined);
      ahead.set(name, { at: clock.monotonic(), answer });
    },
    async of(name, cut) {
      const processes = (await take(name)) ?? (await docker().top(name, cut));
      if (!processes) throw new Error(`container ${name} is gone`);
      return processes;
    },
  };
}
