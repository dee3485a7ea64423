/** Best first; an RSA key signs in three ways (RFC 8332). */
const algorithms = [
  ['ssh-ed25519', 'ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256'],
  ['ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp384'],
  ['ecdsa-sha2-nistp521', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'ssh-rsa'],
  ['rsa-sha2-256', 'ssh-rsa'],
  ['ssh-rsa', 'ssh-rsa'],
] as const;

/** All that there are, the trusted keys' first: a server that no longer has such a key is to show another. */
export function hostKeyAlgorithms(types: readonly string[]): (typeof algorithms)[number][0][] {
  const isPreferred = ([, type]: (typeof algorithms)[number]): boolean => types.includes(type);
  return [...algorithms.filter(isPreferred), ...algorithms.filter((entry) => !isPreferred(entry))].map(
    ([name]) => name,
  );
}
