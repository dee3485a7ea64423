import { describe, expect, it } from 'vitest';
import { needs } from '../support/services.ts';
import { overlays, resolve, withOverlays } from './compose-config.ts';
import { readShipped } from './tools.ts';

describe.skipIf(needs('compose'))('the networks', () => {
  it('gives every network addresses of its own, which may be changed', async () => {
    const subnets = async (...env: string[]) => {
      const { networks } = await resolve(withOverlays(...overlays), ...env);
      return Object.entries(networks).map(([name, { ipam }]) => [name, ipam]);
    };
    const ipam = (subnet: string) => ({ config: [{ subnet }] });
    expect(await subnets()).toEqual([
      ['access', ipam('172.16.213.32/28')],
      ['docker-api', ipam('172.16.213.0/28')],
      ['github-runner-network', ipam('172.20.0.0/16')],
      ['monitoring', ipam('172.16.213.16/28')],
    ]);
    const own = { DOCKER_API: '10.1.0.0/28', RUNNER: '10.2.0.0/16', MONITORING: '10.3.0.0/28', ACCESS: '10.4.0.0/28' };
    expect(await subnets(...Object.entries(own).map(([name, subnet]) => `${name}_SUBNET=${subnet}`))).toEqual([
      ['access', ipam('10.4.0.0/28')],
      ['docker-api', ipam('10.1.0.0/28')],
      ['github-runner-network', ipam('10.2.0.0/16')],
      ['monitoring', ipam('10.3.0.0/28')],
    ]);
  });
});

describe('the subnets', () => {
  it('are the same in the Compose files, in .env.example and where they are checked', () => {
    const found = (paths: readonly string[], pattern: RegExp) =>
      [
        ...new Set([...paths.map(readShipped).join('\n').matchAll(pattern)].map(([, ...pair]) => pair.join(' '))),
      ].sort();
    const files = ['compose.yaml', ...overlays.map((name) => `compose.${name}.yaml`)].map((name) => `compose/${name}`);
    const ofCompose = found(files, /\$\{([A-Z_]+_SUBNET):-([^}]+)\}/g);
    expect(ofCompose).toHaveLength(4);
    expect(found(['compose/.env.example'], /^#([A-Z_]+_SUBNET)=(.+)$/gm)).toEqual(ofCompose);
    expect(found(['compose/check-network.sh'], /\[([A-Z_]+_SUBNET)\]=([\d./]+)/g)).toEqual(ofCompose);
  });
});
