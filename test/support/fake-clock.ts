import type { Clock } from '../../src/lib/clock.ts';

interface Sleeper {
  readonly due: number;
  wake(): void;
}

/** Time moves only when a test says so; no timers, no globals patched. */
export class FakeClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];
  constructor(start = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = start;
  }
  now(): number {
    return this.#now;
  }
  monotonic(): number {
    return this.#now;
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) return Promise.reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    this.#sleepers.push({ due: this.#now + ms, wake: resolve });
    return promise;
  }
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      this.#sleepers.sort((a, b) => a.due - b.due);
      const next = this.#sleepers[0];
      if (!next || next.due > end) break;
      this.#sleepers.shift();
      this.#now = next.due;
      next.wake();
      await new Promise(setImmediate);
    }
    this.#now = end;
    await new Promise(setImmediate);
  }
}
