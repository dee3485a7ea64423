import { z } from 'zod';
import type { ContainerEvent } from '../../model/container.ts';

/**
 * What changes a container's life or health. Of `exec_*` only the end, which shows no command line: a health check that
 * fails for the first time changes nothing that Docker would tell otherwise. A filter on `health_status` matches `health_status: unhealthy` too.
 */
export const watchedActions = [
  'create',
  'start',
  'restart',
  'pause',
  'unpause',
  'kill',
  'oom',
  'die',
  'stop',
  'rename',
  'update',
  'destroy',
  'health_status',
  'exec_die',
] as const;

const EventLine = z.object({
  Type: z.literal('container'),
  Action: z.string().min(1),
  Actor: z.object({ ID: z.string().min(1), Attributes: z.record(z.string(), z.string()).nullish() }),
  time: z.number(),
  timeNano: z.number().nullish(),
});

/** What Docker itself puts among the labels. */
const ownAttributes = new Set(['name', 'image', 'exitCode', 'signal', 'execID', 'execDuration', 'oldName']);

/** One line of `GET /events`; undefined where it is not a container's event. */
export function parseEvent(line: string): ContainerEvent | undefined {
  const result = EventLine.safeParse(jsonOf(line));
  if (!result.success) return undefined;
  const { Action: said, Actor: actor, time, timeNano } = result.data;
  const attributes = actor.Attributes ?? {};
  const [action = said, detail] = said.split(': ', 2);
  return {
    action,
    id: actor.ID,
    name: attributes.name ?? actor.ID,
    at: timeNano ? timeNano / 1e6 : time * 1000,
    labels: Object.fromEntries(Object.entries(attributes).filter(([name]) => !ownAttributes.has(name))),
    health: action === 'health_status' ? detail : undefined,
    failed: action === 'exec_die' ? attributes.exitCode !== '0' : undefined,
  };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The lines of a byte stream. One longer than `maxLength` is given as `undefined`, and never held whole. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxLength: number,
): AsyncGenerator<string | undefined, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  let skipping = false;
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      if (skipping || line.length > maxLength) yield undefined;
      else if (line.trim() !== '') yield line;
      skipping = false;
    }
    if (rest.length > maxLength) {
      skipping = true;
      rest = '';
    }
  }
}

/** The keys last seen, oldest forgotten first. */
export function createRecent(capacity: number): { add(key: string): boolean } {
  const keys = new Set<string>();
  return {
    /** False where the key was there already. */
    add(key) {
      if (keys.has(key)) return false;
      keys.add(key);
      const [oldest] = keys;
      if (keys.size > capacity && oldest !== undefined) keys.delete(oldest);
      return true;
    },
  };
}
