/** A new course at each run; the tests print it, to be given again. */
export const seed = Number(process.env.RUNNERWATCH_STORIES_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Numbers in [0, 1) that follow from the seed: a linear congruential generator, by its high bits. */
export function numbers(from: number): () => number {
  let state = BigInt(from);
  return () => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % 2n ** 64n;
    return Number(state >> 32n) / 2 ** 32;
  };
}
