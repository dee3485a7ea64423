import type { Fault } from './fault.ts';
import { type Machine, startMachine } from './machine.ts';
import { type Report, runFault } from './run.ts';
import type { Mode } from './settings.ts';

/** So many machines; each serves one fault after the other. */
export async function startPool(size: number) {
  await using stack = new AsyncDisposableStack();
  const idle: Machine[] = [];
  // One after the other, and all of them before the first fault: to start one keeps this process from all else.
  for (let count = 0; count < size; count++) idle.push(stack.use(await startMachine()));
  const waiting: ((machine: Machine) => void)[] = [];

  function take(): Machine | Promise<Machine> {
    const known = idle.pop();
    if (known) return known;
    const { promise, resolve } = Promise.withResolvers<Machine>();
    waiting.push(resolve);
    return promise;
  }
  function give(machine: Machine): void {
    const next = waiting.shift();
    if (next) next(machine);
    else idle.push(machine);
  }
  const owned = stack.move();
  return {
    async run(fault: Fault, mode: Mode): Promise<Report> {
      const machine = await take();
      try {
        return await runFault(fault, machine, mode);
      } finally {
        give(machine);
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export type Pool = Awaited<ReturnType<typeof startPool>>;
