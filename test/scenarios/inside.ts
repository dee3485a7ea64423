import type { Namespace } from '../support/netns.ts';
import { binary } from '../support/services.ts';

/**
 * The words before a command that runs in the namespace, with the nameserver of it. `ip netns exec` would do that too, but
 * puts a new /sys in the place of the one that has the control groups.
 */
export function inside({ name }: Namespace): { readonly command: string; readonly prefix: readonly string[] } {
  const script = `mount --bind /etc/netns/${name}/resolv.conf /etc/resolv.conf && exec "$@"`;
  return {
    command: binary('nsenter'),
    prefix: [`--net=/var/run/netns/${name}`, binary('unshare'), '--mount', 'sh', '-c', script, 'sh'],
  };
}
