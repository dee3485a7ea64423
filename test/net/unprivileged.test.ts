import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createIcmp } from '../../src/sources/icmp.ts';
import { createResolver } from '../../src/sources/resolver.ts';
import { createHouse, type Namespace } from '../support/netns.ts';
import { temporaryFolder } from '../support/processes.ts';
import { binary, needs } from '../support/services.ts';

const { signal } = new AbortController();

/** fping as the image has it: no file capability, nobody's user, no capability at all, in a namespace. */
function installFping(folder: string, { prefix }: Namespace): void {
  chmodSync(folder, 0o755);
  copyFileSync(binary('fping'), `${folder}/real`);
  const drop = '--reuid 65534 --regid 65534 --clear-groups --bounding-set -all --no-new-privs';
  writeFileSync(`${folder}/fping`, `#!/bin/sh\nexec ${prefix.join(' ')} setpriv ${drop} ${folder}/real "$@"\n`);
  for (const name of ['real', 'fping']) chmodSync(`${folder}/${name}`, 0o755);
}

describe.skipIf(needs('netns'))('fping without any privilege', () => {
  it('works where the kernel grants ICMP sockets, and is not used where it does not', async () => {
    await using house = await createHouse();
    using folder = temporaryFolder();
    installFping(folder.path, house.here);
    const path = process.env.PATH;
    process.env.PATH = `${folder.path}:${path}`;
    try {
      const refused = createIcmp({ clock: systemClock, resolver: createResolver(systemClock) });
      house.here.run('sysctl', '-qw', 'net.ipv4.ping_group_range=1 0');
      expect(await refused.hasFping(signal)).toBe(false);

      const granted = createIcmp({ clock: systemClock, resolver: createResolver(systemClock) });
      house.here.run('sysctl', '-qw', 'net.ipv4.ping_group_range=0 2147483647');
      expect(await granted.hasFping(signal)).toBe(true);
      const requests = ['127.0.0.1', '::1', '10.78.3.3', '10.77.0.77'].map((address) => ({
        ...{ address, count: 2, timeoutMs: 500 },
      }));
      const replies = await granted.probeMany(requests, { budgetMs: 20_000 }, signal);
      expect(replies.map((reply) => reply?.received)).toEqual([2, 2, 2, 0]);
    } finally {
      process.env.PATH = path;
    }
  });
});
