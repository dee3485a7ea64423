import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/processes.ts';
import { runCli } from './run-cli.ts';

const text = `targets:
  - name: gateway
    address: 192.168.1.1
  - name: home-assistant
    address: 192.168.1.155
    modules: [ssh, { module: http_2xx, address: 'http://192.168.1.155:8123/' }]
`;

it('firewall-targets lists where the probes go, for people and for programs', async () => {
  using folder = temporaryFolder({ 'runnerwatch.yml': text });
  const file = join(folder.path, 'runnerwatch.yml');
  const plain = await runCli(['firewall-targets', '--config', file]);
  expect(plain).toEqual({ code: 0, err: '', out: 'icmp 192.168.1.1\ntcp 192.168.1.155 22\ntcp 192.168.1.155 8123\n' });
  const { out } = await runCli(['firewall-targets', '--json', '--config', file]);
  expect(JSON.parse(out)).toEqual([
    { protocol: 'icmp', host: '192.168.1.1' },
    { protocol: 'tcp', host: '192.168.1.155', port: 22 },
    { protocol: 'tcp', host: '192.168.1.155', port: 8123 },
  ]);
});

it('firewall-targets says what is wrong with the file, and lists nothing', async () => {
  using folder = temporaryFolder({ 'runnerwatch.yml': 'targets: [{ name: a }]\n' });
  const { code, out, err } = await runCli(['firewall-targets', '--config', join(folder.path, 'runnerwatch.yml')]);
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain('targets[0].address');
});
