import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { overlays, resolve, withOverlays } from '../shipped/compose-config.ts';
import { startDockerd } from '../support/dockerd.ts';
import { temporaryFolder } from '../support/processes.ts';
import { needs } from '../support/services.ts';

const isRoot = process.getuid?.() === 0;

/** Every order of these. */
function orders(names: readonly string[]): readonly (readonly string[])[] {
  if (names.length === 0) return [[]];
  return names.flatMap((first) => orders(names.filter((name) => name !== first)).map((rest) => [first, ...rest]));
}

describe.skipIf(needs('docker') || needs('compose') || !isRoot)("the stack's networks", () => {
  it('come up in any order where the first of the addresses that Docker gives away are taken', async () => {
    const { networks } = await resolve(withOverlays(...overlays));
    const names = Object.keys(networks).sort();
    expect(names).toEqual(['access', 'docker-api', 'github-runner-network', 'monitoring']);
    await using dockerd = await startDockerd();
    dockerd.importBusybox();
    for (const second of [17, 18, 19])
      dockerd.docker('network', 'create', `--subnet=172.${second}.0.0/16`, `taken-${second}`);

    // One service in each network, which is made, with its network alone, when its turn comes.
    const services = Object.fromEntries(
      names.map((name) => [`in-${name}`, { image: 'busybox:stable', networks: [name] }]),
    );
    using folder = temporaryFolder();
    const file = join(folder.path, 'compose.json');
    writeFileSync(file, JSON.stringify({ name: 'order', networks, services }));
    const compose = (...args: readonly string[]) =>
      dockerd.docker('compose', '--progress=quiet', '--file', file, ...args);
    const subnet = (name: string) =>
      dockerd.docker('network', 'inspect', name, '--format', '{{range .IPAM.Config}}{{.Subnet}}{{end}}');
    const wanted = {
      access: '172.16.213.32/28',
      'docker-api': '172.16.213.0/28',
      'github-runner-network': '172.20.0.0/16',
      monitoring: '172.16.213.16/28',
    };
    for (const order of orders(names)) {
      for (const name of order) compose('create', `in-${name}`);
      const made = names.map((name) => [name, subnet(networks[name]?.name ?? '')]);
      expect(Object.fromEntries(made), order.join(', ')).toEqual(wanted);
      compose('down');
    }
  }, 300_000);
});
