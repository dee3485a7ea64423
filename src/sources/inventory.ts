import { osInfo, system } from 'systeminformation';
import { z } from 'zod';
import type { Clock } from '../lib/clock.ts';
import { withDeadline } from '../lib/deadline.ts';

/** What a host is, which changes with an upgrade at most. */
export interface HostInventory {
  readonly platform: string;
  readonly distro: string;
  readonly release: string;
  readonly kernel: string;
  readonly arch: string;
  readonly virtual: boolean;
}

export interface Inventory {
  /** Starts processes and takes up to 0.2 s: never for a scrape. */
  host(signal: AbortSignal): Promise<HostInventory>;
}

const Text = z.string().max(200);
const OsInfo = z.object({ platform: Text, distro: Text, release: Text, kernel: Text, arch: Text });
const System = z.object({ virtual: z.boolean() });

const answerMs = 10_000;

export function createInventory(
  clock: Clock,
  ask: { osInfo(): Promise<unknown>; system(): Promise<unknown> } = { osInfo, system },
): Inventory {
  return {
    host: (signal) =>
      withDeadline(clock, { ms: answerMs, what: 'the inventory', signal }, async () => {
        const [os, machine] = await Promise.all([ask.osInfo(), ask.system()]);
        return { ...OsInfo.parse(os), ...System.parse(machine) };
      }),
  };
}
