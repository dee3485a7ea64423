import type { Clock } from '../../lib/clock.ts';
import type { Session } from './session.ts';

/**
 * One round trip on an open session, without a trace in the server's log: to end a forwarding that there never was is
 * a request that every server must answer, if only with a no (RFC 4254, 4 and 7.1). ssh2 has no other that is public.
 */
export async function feelPulse(
  { client, ended }: Session,
  clock: Clock,
  ms: number,
): Promise<'answered' | 'silent' | 'ended'> {
  const { promise, resolve } = Promise.withResolvers<'answered' | 'ended'>();
  const settled = new AbortController();
  const lost = (): void => resolve('ended');
  if (ended.aborted) return 'ended';
  ended.addEventListener('abort', lost, { once: true, signal: settled.signal });
  const late = clock.sleep(ms, settled.signal).then(
    () => 'silent' as const,
    () => 'ended' as const,
  );
  try {
    client.unforwardIn('127.0.0.1', unusedPort, () => resolve(ended.aborted ? 'ended' : 'answered'));
    return await Promise.race([promise, late]);
  } catch {
    // Thrown where the connection cannot be written to.
    return 'ended';
  } finally {
    settled.abort();
  }
}

const unusedPort = 1;
