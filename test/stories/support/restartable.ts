import { type ProcessOptions, type RunningProcess, startProcess } from '../../support/spawn.ts';

/** On a machine with much else to do. */
const startMs = 60_000;

/** A process that keeps its port and its folder over restarts. */
export interface Restartable extends AsyncDisposable {
  readonly url: string;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP and SIGCONT leave it there. */
  signal(signal: NodeJS.Signals): void;
  output(): string;
}

export function restartable(url: string, options: Omit<ProcessOptions, 'ready'>, path: string): Restartable {
  let running: RunningProcess | undefined;
  let before = '';
  async function stop(signal?: NodeJS.Signals): Promise<void> {
    await running?.stop(signal);
    before += running?.output() ?? '';
    running = undefined;
  }
  return {
    url,
    async start() {
      running = await startProcess({ ...options, ready: { url: `${url}${path}` }, timeoutMs: startMs });
    },
    stop,
    signal(signal) {
      if (running) process.kill(running.pid, signal);
    },
    output: () => before + (running?.output() ?? ''),
    // One that a failed test left stopped does not end by itself.
    [Symbol.asyncDispose]: () => stop('SIGKILL'),
  };
}
