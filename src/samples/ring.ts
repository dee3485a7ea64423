import type { Point } from './series.ts';

const firstCapacity = 8;

/**
 * One series' points, oldest to newest, in a ring: 16 bytes a point, times and values by turns, so that a history of
 * some 100,000 points stays small. Staleness has its own array because JavaScript does not keep a NaN's payload apart;
 * most series never need it.
 */
export class Ring {
  #pairs = new Float64Array(2 * firstCapacity);
  #stale: Uint8Array | undefined;
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
    if (this.#size === this.#capacity) this.#grow();
    const at = this.#slot(this.#size);
    this.#pairs[2 * at] = t;
    this.#pairs[2 * at + 1] = v;
    if (stale) this.#stale ??= new Uint8Array(this.#capacity);
    if (this.#stale) this.#stale[at] = stale ? 1 : 0;
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
      const v = this.#pairs[2 * at + 1] ?? Number.NaN;
      points.push(this.#stale?.[at] === 1 ? { t, v, stale: true } : { t, v });
      if (onlyNewest) break;
    }
    return points.length > 1 ? points.reverse() : points;
  }

  get #capacity(): number {
    return this.#pairs.length / 2;
  }

  #slot(index: number): number {
    const at = this.#first + index;
    return at < this.#capacity ? at : at - this.#capacity;
  }

  #time(index: number): number {
    return this.#pairs[2 * this.#slot(index)] ?? Number.NaN;
  }

  /** Only where it is full: then what lies before the first point follows what lies behind it. */
  #grow(): void {
    const [first, before] = [this.#first, this.#capacity];
    const pairs = new Float64Array(4 * before);
    pairs.set(this.#pairs.subarray(2 * first));
    pairs.set(this.#pairs.subarray(0, 2 * first), 2 * (before - first));
    if (this.#stale) {
      const stale = new Uint8Array(2 * before);
      stale.set(this.#stale.subarray(first));
      stale.set(this.#stale.subarray(0, first), before - first);
      this.#stale = stale;
    }
    this.#pairs = pairs;
    this.#first = 0;
  }
}
