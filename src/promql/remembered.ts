/** The function with a memory per argument, which ends with the argument. The result must depend on nothing else. */
export function remembered<K extends object, V extends string | object>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const made = make(key);
    known.set(key, made);
    return made;
  };
}
