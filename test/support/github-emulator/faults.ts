import { setTimeout as delay } from 'node:timers/promises';
import type { Reply } from './wire.ts';

export interface Fault {
  /** Text that the path contains, or a pattern for `METHOD /path`. */
  readonly match: string | RegExp;
  /** How many calls it hits; all of them where absent. */
  readonly times?: number;
  /** Waits so long first; alone, the call then goes its normal way. */
  readonly delayMs?: number;
  /** Never answers and keeps the connection open. */
  readonly hang?: boolean;
  /** Cuts the connection; in the middle of the body, where one is given. */
  readonly reset?: boolean;
  readonly status?: number;
  /** Sent as it is where it is a string or bytes, so that JSON can be broken. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a fault does to a call: nothing where it is undefined. */
export type Harm = { readonly kind: 'hang' | 'reset' | 'reply'; readonly reply?: Reply };

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
    async harm(method: string, path: string): Promise<Harm | undefined> {
      const fault = take(method, path);
      if (!fault) return undefined;
      if (fault.delayMs !== undefined) await delay(fault.delayMs, undefined, { ref: false });
      if (fault.hang) return { kind: 'hang' };
      const { status, body, headers } = fault;
      const said = status !== undefined || body !== undefined;
      const reply = said ? { status: status ?? 200, body, ...(headers && { headers }) } : undefined;
      if (fault.reset) return { kind: 'reset', ...(reply && { reply }) };
      return reply && { kind: 'reply', reply };
    },
  };
}

function matches(match: Fault['match'], method: string, path: string): boolean {
  return typeof match === 'string' ? path.includes(match) : match.test(`${method} ${path}`);
}
