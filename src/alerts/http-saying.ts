import type { z } from 'zod';
import type { HttpAnswer } from '../lib/http.ts';
import type { Delivery } from './receivers/receiver.ts';

/** Looks whether an answer of success says what the peer says who has taken it; a portal on the way says something else. */
export function saying(what: string, schema: z.ZodType): (answer: HttpAnswer) => Delivery {
  return ({ text }) => {
    if (schema.safeParse(parsed(text)).success) return { ok: true };
    const message = `${what} answered without saying that it took the message`;
    return { ok: false, retry: true, reason: 'server', message };
  };
}

/** Undefined for what is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
