import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { send } from './wire.ts';

export interface Fault {
  /** Text that the path contains, or a pattern for `METHOD /path`. */
  readonly match: string | RegExp;
  /** How many calls it hits; all of them where absent. */
  readonly times?: number;
  /** Waits so long first; alone, the call then goes its normal way. */
  readonly delayMs?: number;
  /** Never answers and keeps the connection open. */
  readonly hang?: boolean;
  /** Cuts the connection. */
  readonly reset?: boolean;
  readonly status?: number;
  /** Sent as it is where it is a string, so that JSON can be broken. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Faults on demand; the oldest rule that matches is used. */
export function createFaults() {
  let rules: { readonly fault: Fault; left: number }[] = [];

  function take(method: string, path: string): Fault | undefined {
    const rule = rules.find(({ fault, left }) => left > 0 && matches(fault.match, method, path));
    if (rule) rule.left -= 1;
    return rule?.fault;
  }

  return {
    add: (fault: Fault) => rules.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }),
    clear: () => {
      rules = [];
    },
    /** True where the fault has answered the call (or never will). */
    async apply(method: string, path: string, response: ServerResponse): Promise<boolean> {
      const fault = take(method, path);
      if (!fault) return false;
      if (fault.delayMs !== undefined) await delay(fault.delayMs, undefined, { ref: false });
      if (fault.hang) return true;
      if (fault.reset) {
        response.socket?.resetAndDestroy();
        return true;
      }
      const { status, body, headers } = fault;
      if (status === undefined && body === undefined) return false;
      send(response, { status: status ?? 200, body, ...(headers && { headers }) });
      return true;
    },
  };
}

function matches(match: Fault['match'], method: string, path: string): boolean {
  return typeof match === 'string' ? path.includes(match) : match.test(`${method} ${path}`);
}
