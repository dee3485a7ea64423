import { chmodSync, existsSync, writeFileSync } from 'node:fs';

const restriction = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';

/** What a rootless Docker Engine asks of the machine, as docs/compose.md says it. Needs root. */
export function allowRootlessDocker(): void {
  // As udev makes it everywhere; a machine without udev keeps it from all but root.
  chmodSync('/dev/net/tun', 0o666);
  if (existsSync(restriction)) writeFileSync(restriction, '0');
}
