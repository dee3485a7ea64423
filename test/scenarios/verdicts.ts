import { setTimeout as delay } from 'node:timers/promises';

export interface Seen {
  readonly at: number;
  readonly runner: string;
  readonly verdict: string;
  readonly because: string;
}

const everyMs = 250;

/** Asks Runnerwatch again and again, and keeps each change. While it does not answer, the last one stays. */
export function watchVerdicts(url: string) {
  const changes: Seen[] = [];
  const latest = new Map<string, Seen>();
  let isOver = false;

  async function look(): Promise<void> {
    const answer = await fetch(`${url}/api/v1/runners`, { signal: AbortSignal.timeout(2000) });
    const { data } = (await answer.json()) as { readonly data: { readonly runners: readonly Seen[] } };
    for (const { runner, verdict, because } of data.runners) {
      if (latest.get(runner)?.verdict === verdict) continue;
      const seen = { at: Date.now(), runner, verdict, because };
      latest.set(runner, seen);
      changes.push(seen);
    }
  }
  async function follow(): Promise<void> {
    while (!isOver) {
      await look().catch(() => undefined);
      await delay(everyMs);
    }
  }
  const following = follow();
  return {
    now: (runner: string): string | undefined => latest.get(runner)?.verdict,
    all: (): readonly Seen[] => changes,
    async [Symbol.asyncDispose](): Promise<void> {
      isOver = true;
      await following;
    },
  };
}
