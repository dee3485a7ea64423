import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { binary } from '../support/services.ts';

/** What was done to a container, by Docker's own word. Times are ms since the epoch. */
export interface Touch {
  readonly at: number;
  readonly action: string;
  readonly container: string;
  /** By its label; undefined of what is no runner. */
  readonly runner: string | undefined;
}

/** A time in which the scenario itself touched containers. */
export interface Hand {
  readonly from: number;
  to: number;
}

const actions = ['start', 'restart', 'stop', 'kill', 'die', 'pause', 'unpause', 'destroy', 'oom'];
const respawnMs = 100;

/** Writes down Docker's events of containers, also over restarts of the daemon. */
export function watchTouches(host: string) {
  const touches: Touch[] = [];
  let isOver = false;
  let child: ChildProcess;
  let last = Date.now() / 1000;

  function note(line: string): void {
    const { timeNano, Action, Actor } = JSON.parse(line) as {
      readonly timeNano: number;
      readonly Action: string;
      readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
    };
    last = timeNano / 1e9;
    const { name = '', 'runnerwatch.runner': runner } = Actor.Attributes;
    touches.push({ at: timeNano / 1e6, action: Action, container: name, runner });
  }

  async function follow(): Promise<void> {
    const filters = ['type=container', ...actions.map((action) => `event=${action}`)];
    while (!isOver) {
      const since = ['--since', (last + 1e-6).toFixed(6)];
      const args = ['--host', host, 'events', ...since, '--format', '{{json .}}'];
      child = spawn(binary('docker'), [...args, ...filters.flatMap((filter) => ['--filter', filter])], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      if (child.stdout) for await (const line of createInterface({ input: child.stdout })) note(line);
      await delay(respawnMs);
    }
  }
  const following = follow();
  return {
    all: (): readonly Touch[] => touches,
    async [Symbol.asyncDispose](): Promise<void> {
      isOver = true;
      child.kill('SIGKILL');
      await following;
    },
  };
}
