import type { z } from 'zod';

/** An answer of Docker's that was read to its end. */
export interface DockerAnswer {
  readonly status: number;
  readonly text: string;
}

/** The data of a successful answer; throws with Docker's own message for another status, and where it is not as documented. */
export function dataOf<S extends z.ZodType>({ status, text }: DockerAnswer, schema: S, what: string): z.output<S> {
  if (status < 200 || status > 299) throw refused({ status, text }, what);
  const result = schema.safeParse(parseJson(text, what));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`Docker's answer to ${what} is not as documented: ${issue?.path.join('.')}: ${issue?.message}`);
}

/** Docker, or the proxy before it, does not allow the call. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError';
}

export function refused({ status, text }: DockerAnswer, what: string): Error {
  const said = text.length > 300 ? `${text.slice(0, 300)}…` : text.trim();
  const hint = status === 403 ? ' (does the socket proxy allow this call?)' : '';
  const message = `Docker refused ${what} with ${status}: ${messageIn(said)}${hint}`;
  return status === 403 ? new ForbiddenError(message) : new Error(message);
}

function messageIn(text: string): string {
  return /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`Docker answered ${what} with something that is not JSON`);
  }
}
