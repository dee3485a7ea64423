/** The process around a server that runs until it is told to stop. */
export interface ProcessPort {
  readonly terminal: boolean;
  /** Calls `handle` on each of these signals. */
  onSignal(signals: readonly NodeJS.Signals[], handle: (signal: NodeJS.Signals) => void): void;
  /** Calls `handle` with an error that nobody handles. */
  onFault(handle: (error: unknown) => void): void;
  /** Ends at once, without another word. */
  exit(code: number): void;
}

export const processPort: ProcessPort = {
  terminal: process.stdout.isTTY === true,
  onSignal: (signals, handle) => {
    for (const signal of signals) process.on(signal, handle);
  },
  onFault: (handle) => {
    process.on('unhandledRejection', handle).on('uncaughtException', handle);
  },
  exit: (code) => process.exit(code),
};
