import { FakeClock } from './fake-clock.ts';

/** A clock whose wall time can be set, forward and back. */
export class SettableClock extends FakeClock {
  #ahead = 0;
  set(byMs: number): void {
    this.#ahead += byMs;
  }
  override now(): number {
    return super.now() + this.#ahead;
  }
  override monotonic(): number {
    return super.now();
  }
}
