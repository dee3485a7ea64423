import type { WorldOptions } from './layout.ts';
import type { Page } from './pages.ts';
import type { Runner, World } from './world.ts';

/** What is right, by the design: not what the code happens to do. */
export interface Expectation {
  /** What the victim is called; any of several, where the same is seen from two sides. Undefined where no runner is ill. */
  readonly verdict?: string | readonly string[];
  /** Whom it is about; the first of the two runners where absent. */
  readonly victims?: readonly Runner[];
  /** What Runnerwatch may do to the victim, in this order; nothing where absent, to nobody else ever. */
  readonly actions?: readonly string[];
  /** What it may do as well, where that hangs on a moment. */
  readonly mayAlso?: readonly string[];
  /** What the victim must never be called. */
  readonly never?: readonly string[];
  /**
   * `healed`: Runnerwatch brings the victim back, with no person. `paged`: no step may or can help, and people are told
   * of the right cause. `respected`: somebody wants it so. `itself`: it is over without anybody.
   */
  readonly ends: 'healed' | 'paged' | 'respected' | 'itself';
  /** Where healed means something else than that the victim is well. */
  isHealed?(world: World): boolean;
  /** What people are told; of several, all of them. */
  readonly pages?: readonly Page[];
  /** The cause lies elsewhere: no page may blame a runner for it. */
  readonly elsewhere?: boolean;
  /** How long it goes on after that, so that what must not happen has the time to. */
  readonly holdsMs?: number;
  /** How long until the end, where that is longer than two minutes. */
  readonly withinMs?: number;
}

/** One thing that goes wrong, as a plain object. */
export interface Fault {
  /** Equals the file name. */
  readonly name: string;
  /** What happens, in one sentence. */
  readonly says: string;
  readonly world?: WorldOptions;
  /** Which runners work on a job when it happens, and must go on to the end; the other one by default. */
  readonly working?: readonly ('victim' | 'other')[];
  /** The fault itself ends the jobs that run. */
  readonly endsJobs?: boolean;
  /** Docker starts again by itself what ends by this. */
  readonly dockerStarts?: boolean;
  inject(world: World): Promise<void>;
  /** Ends the cause, where that is not Runnerwatch's to do. Afterwards all must be well with nobody's help. */
  repair?(world: World): Promise<void>;
  readonly expect: Expectation;
}
