import { type Clock, parseTime } from '../../lib/clock.ts';

/** How far this machine's clock is ahead of GitHub's, by the `date` headers of its answers. */
export interface ClockSkew {
  note(date: string | undefined): void;
  /** Milliseconds by the last answer, so that a clock that was set is followed at once; 0 before the first. */
  latest(): number;
  /** Milliseconds by the last few answers, of which a slow one says little; undefined before the first. */
  usual(): number | undefined;
}

const maxSamples = 5;
/** A `date` says whole seconds, cut off. */
const resolutionMs = 1000;

export function createClockSkew(clock: Clock): ClockSkew {
  const samples: number[] = [];
  return {
    note(date) {
      const theirs = parseTime(date ?? '');
      if (Number.isNaN(theirs)) return;
      samples.push(Math.floor(clock.now() / resolutionMs) * resolutionMs - theirs);
      if (samples.length > maxSamples) samples.shift();
    },
    latest: () => samples.at(-1) ?? 0,
    usual: () => samples.toSorted((a, b) => a - b).at(Math.floor(samples.length / 2)),
  };
}
