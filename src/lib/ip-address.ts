/** Of a connection: a socket for both versions of IP tells the older one's address in the newer one's form. */
export function plainAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/, '');
}
