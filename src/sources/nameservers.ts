import { Resolver } from 'node:dns/promises';
import type { Clock } from '../lib/clock.ts';
import { withDeadline } from '../lib/deadline.ts';
import { reasonOf } from '../lib/log.ts';

export interface Nameservers {
  /**
   * Asks the servers of resolv.conf, and nothing else, for the address of a name. undefined where one answers, be it
   * that there is no such name; else why none does.
   */
  ask(name: string, options: { readonly timeoutMs: number }, signal: AbortSignal): Promise<string | undefined>;
}

/** Answers too; only that the answer is "no". */
const answers: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);

export function createNameservers(clock: Clock): Nameservers {
  return {
    ask: async (name, { timeoutMs }, signal) => {
      // Anew each time: resolv.conf may have changed.
      const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
      const deadline = { ms: timeoutMs, what: 'the nameserver', signal };
      try {
        await withDeadline(clock, deadline, () => resolver.resolve4(name));
        return undefined;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        return answers.has(String((error as NodeJS.ErrnoException).code)) ? undefined : reasonOf(error);
      } finally {
        resolver.cancel();
      }
    },
  };
}
