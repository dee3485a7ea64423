import type { Clock } from '../lib/clock.ts';

/** A runner asks a few times at its start; a whole stack that comes up stays far below the second. */
const most = { ofOne: 20, ofAll: 200 };
const windowMs = 60_000;

/** How many requests are looked at in a minute, of one address and of all: the rest is refused at once. */
export function createLimiter(clock: Clock): (address: string) => boolean {
  let began = Number.NEGATIVE_INFINITY;
  let all = 0;
  // At most as many entries as requests are looked at in one window.
  const counts = new Map<string, number>();
  return (address) => {
    if (clock.monotonic() - began >= windowMs) {
      began = clock.monotonic();
      all = 0;
      counts.clear();
    }
    const count = counts.get(address) ?? 0;
    if (all >= most.ofAll || count >= most.ofOne) return false;
    all += 1;
    counts.set(address, count + 1);
    return true;
  };
}
