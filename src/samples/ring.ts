import { type ChunkPool, chunkPoints } from './chunks.ts';
import type { Point } from './series.ts';

/**
 * One series' points, oldest to newest: 16 bytes a point, in chunks of a pool, of which the oldest go back as their
 * points are dropped. Staleness is kept apart because JavaScript does not keep a NaN's payload; most series have none.
 */
export class Ring {
  readonly #pool: ChunkPool;
  /** The last may be a spare one. */
  #chunks: number[] = [];
  /** The times of staleness markers. */
  #stale: Set<number> | undefined;
  /** Where the oldest point is in the first chunk. */
  #first = 0;
  #size = 0;
  #newest = Number.NEGATIVE_INFINITY;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
  }

  get size(): number {
    return this.#size;
  }

  /** The newest point's time; -Infinity where there is none. */
  get newest(): number {
    return this.#newest;
  }

  /** Only a point that is newer than the newest. */
  push(t: number, v: number, stale: boolean): void {
    const at = this.#first + this.#size;
    if (at === this.#chunks.length * chunkPoints) this.#grow();
    this.#pool.set(this.#chunkOf(at), at % chunkPoints, t, v);
    if (stale) {
      this.#stale ??= new Set();
      this.#stale.add(t);
    }
    this.#size++;
    this.#newest = t;
  }

  dropOldest(): void {
    if (this.#size === 0) return;
    this.#stale?.delete(this.#time(0));
    this.#first++;
    this.#size--;
    if (this.#size === 0) this.#clear();
    else if (this.#first === chunkPoints) this.#turn();
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
      const at = this.#first + index;
      const v = this.#pool.valueAt(this.#chunkOf(at), at % chunkPoints);
      points.push(this.#stale?.has(t) ? { t, v, stale: true } : { t, v });
      if (onlyNewest) break;
    }
    return points.length > 1 ? points.reverse() : points;
  }

  #time(index: number): number {
    const at = this.#first + index;
    return this.#pool.timeAt(this.#chunkOf(at), at % chunkPoints);
  }

  #chunkOf(at: number): number {
    return this.#chunks[Math.floor(at / chunkPoints)] ?? 0;
  }

  #grow(): void {
    const chunk = this.#pool.take();
    // An array that is pushed to takes room for many more.
    this.#chunks = [...this.#chunks, chunk];
  }

  /** The empty first chunk is the next to be filled; so a series that goes on takes and leaves nothing at all. */
  #turn(): void {
    const [emptied = 0] = this.#chunks;
    const last = this.#chunks.length - 1;
    this.#chunks.copyWithin(0, 1);
    this.#first = 0;
    if (this.#size <= (last - 1) * chunkPoints) {
      this.#pool.give(emptied);
      this.#chunks.length = last;
    } else this.#chunks[last] = emptied;
  }

  #clear(): void {
    for (const chunk of this.#chunks) this.#pool.give(chunk);
    this.#chunks = [];
    this.#stale = undefined;
    this.#first = 0;
    this.#newest = Number.NEGATIVE_INFINITY;
  }
}
