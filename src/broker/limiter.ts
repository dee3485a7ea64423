import type { Clock } from '../lib/clock.ts';

interface Most {
  readonly ofOne: number;
  readonly ofAll: number;
  readonly windowMs: number;
}

/** A runner asks a few times at its start; a whole stack that comes up stays far below the second. */
const ofRequests: Most = { ofOne: 20, ofAll: 200, windowMs: 60_000 };
/**
 * A runner asks three times at most when it stops. No start locks these, and each costs requests of GitHub's limit, which
 * a job could use up.
 */
export const ofRemovals: Most = { ofOne: 30, ofAll: 150, windowMs: 3_600_000 };

/** A runner reports twice for each job. What a job makes up must not push all else out of the audit log. */
export const ofReports: Most = { ofOne: 240, ofAll: 1200, windowMs: 3_600_000 };

/** No runner has a reason for one. A job that goes on must neither fill the audit log nor have Docker asked without end. */
export const ofDenials: Most = { ofOne: 60, ofAll: 300, windowMs: 3_600_000 };

/** How many requests are looked at within the window, of one address and of all: the rest is refused at once. */
export function createLimiter(clock: Clock, { windowMs, ...most } = ofRequests): (address: string) => boolean {
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
