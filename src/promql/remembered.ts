/** What one expression meets again at its next evaluation, twice over. */
const mostOfOne = 20_000;
/** For what all expressions share. */
export const mostOfAll = 400_000;

/**
 * The function with a memory per argument, which ends with the argument. The result must depend on nothing else. A
 * memory that is full starts anew.
 */
export function remembered<K extends object, V extends string | object>(
  make: (key: K) => V,
  most: number = mostOfOne,
): (key: K) => V {
  let known = new WeakMap<K, V>();
  let count = 0;
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const made = make(key);
    if (++count > most) {
      known = new WeakMap();
      count = 1;
    }
    known.set(key, made);
    return made;
  };
}
