import type { Point } from './series.ts';

const firstCapacity = 8;

/**
 * One series' points, oldest to newest, in a ring of typed arrays: 17 bytes a point, so that a history of some 100,000
 * points stays small. Staleness has its own array because JavaScript does not keep a NaN's payload apart.
 */
export class Ring {
  #times = new Float64Array(firstCapacity);
  #values = new Float64Array(firstCapacity);
  #stale = new Uint8Array(firstCapacity);
  #first = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The newest point's time; -Infinity where there is none. */
  get newest(): number {
    return this.#size === 0 ? Number.NEGATIVE_INFINITY : this.#time(this.#size - 1);
  }

  push(t: number, v: number, stale: boolean): void {
    if (this.#size === this.#times.length) this.#grow();
    const at = this.#slot(this.#size);
    this.#times[at] = t;
    this.#values[at] = v;
    this.#stale[at] = stale ? 1 : 0;
    this.#size++;
  }

  dropOldest(): void {
    if (this.#size === 0) return;
    this.#first = this.#slot(1);
    this.#size--;
  }

  /** Drops the points at or before `t`; says how many. */
  dropUntil(t: number): number {
    const before = this.#size;
    while (this.#size > 0 && this.#time(0) <= t) this.dropOldest();
    return before - this.#size;
  }

  /** The points in (from, to], or only the newest of them. */
  read(from: number, to: number, onlyNewest: boolean): readonly Point[] {
    const points: Point[] = [];
    for (let index = this.#size - 1; index >= 0; index--) {
      const t = this.#time(index);
      if (t > to) continue;
      if (t <= from) break;
      const at = this.#slot(index);
      const v = this.#values[at] ?? Number.NaN;
      points.push(this.#stale[at] === 1 ? { t, v, stale: true } : { t, v });
      if (onlyNewest) break;
    }
    return points.reverse();
  }

  #slot(index: number): number {
    return (this.#first + index) % this.#times.length;
  }

  #time(index: number): number {
    return this.#times[this.#slot(index)] ?? Number.NaN;
  }

  #grow(): void {
    const order = Array.from({ length: this.#size }, (_, index) => this.#slot(index));
    const capacity = this.#times.length * 2;
    const copy = <T extends Float64Array | Uint8Array>(from: T, to: T): T => {
      order.forEach((slot, index) => {
        to[index] = from[slot] ?? 0;
      });
      return to;
    };
    this.#times = copy(this.#times, new Float64Array(capacity));
    this.#values = copy(this.#values, new Float64Array(capacity));
    this.#stale = copy(this.#stale, new Uint8Array(capacity));
    this.#first = 0;
  }
}
