import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildOverlayImages, overlayImages } from '../support/compose-stack.ts';
import { docker, runContainer, type TestContainer } from '../support/docker-cli.ts';
import { temporaryFolder } from '../support/processes.ts';
import { needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

const network = { RUNNER_BRIDGE: 'rw-test', RUNNER_SUBNET: '172.31.9.0/24' };

/** The shipped container in a network of its own, where its rules are in nobody's way. */
describe.skipIf(needs('docker'))('firewall.sh', () => {
  beforeAll(() => buildOverlayImages(), 120_000);

  const cleanUp: (AsyncDisposable | Disposable)[] = [];
  afterEach(async () => {
    for (const each of cleanUp.splice(0).reverse()) {
      if (Symbol.asyncDispose in each) await each[Symbol.asyncDispose]();
      else each[Symbol.dispose]();
    }
  });

  async function start(targets: string, env: Readonly<Record<string, string>> = {}): Promise<TestContainer> {
    const folder = temporaryFolder({ 'targets/targets': targets, 'state/.keep': '' });
    cleanUp.push(folder);
    const variables = Object.entries({ ...network, FIREWALL_SECONDS: '1', ...env });
    const container = await runContainer(
      ...['--init', '--network', 'none', '--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN'],
      ...variables.flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...['targets', 'state'].flatMap((name) => ['--volume', `${join(folder.path, name)}:/${name}`]),
      overlayImages.FIREWALL_BUILT_IMAGE,
    );
    cleanUp.push(container);
    return container;
  }

  async function ready(container: TestContainer): Promise<void> {
    const said = { text: '' };
    const inForce = async () => {
      said.text = await container.logs();
      return said.text.includes('in force');
    };
    await waitUntil(inForce, { timeoutMs: 30_000, what: () => said.text });
  }

  /** The elements of a set, sorted. */
  async function elements(container: TestContainer, set: string): Promise<readonly string[]> {
    const { output } = await container.exec('nft', '--json', 'list', 'set', 'inet', 'runnerwatch_rw_test', set);
    const found = JSON.parse(output).nftables.find((each: object) => 'set' in each).set.elem ?? [];
    // Without /etc/protocols it prints their numbers.
    const names = (part: unknown) => ({ 6: 'tcp', 17: 'udp' })[Number(part)] ?? part;
    const text = (each: string | { concat: unknown[] }) =>
      typeof each === 'string' ? each : [each.concat[0], names(each.concat[1]), each.concat[2]].join(' ');
    return found.map(text).sort();
  }

  it('closes everything private where nothing is listed', async () => {
    const container = await start('');
    await ready(container);
    expect(await container.logs()).toBe('firewall: rules are in force on rw-test; 0 destinations are open\n');
    for (const set of ['allowed4', 'allowed6', 'ping4', 'ping6']) expect(await elements(container, set)).toEqual([]);
    expect((await container.exec('firewall.sh', 'health')).code).toBe(0);
  }, 60_000);

  it('opens what is listed, in either way, and leaves out what it does not understand', async () => {
    const targets =
      'tcp 192.168.1.155 22\nicmp 192.168.1.1\ndns 192.168.1.1\ntcp fd00::5 443\ntcp 1;2 3\ntcp 10.0.0.1 99999\n';
    const allow = '192.168.1.155:8123, [fd00::6]:22,192.168.1.9:53/udp,192.168.1.9/icmp,fd00::6/icmp,-x:1,nonsense';
    const container = await start(targets, { FIREWALL_ALLOW: allow });
    await ready(container);
    expect(await elements(container, 'allowed4')).toEqual([
      '192.168.1.1 tcp 53',
      '192.168.1.1 udp 53',
      '192.168.1.155 tcp 22',
      '192.168.1.155 tcp 8123',
      '192.168.1.9 udp 53',
    ]);
    expect(await elements(container, 'allowed6')).toEqual(['fd00::5 tcp 443', 'fd00::6 tcp 22']);
    expect(await elements(container, 'ping4')).toEqual(['192.168.1.1', '192.168.1.9']);
    expect(await elements(container, 'ping6')).toEqual(['fd00::6']);
    const left = (await container.logs()).split('\n').filter((line) => line.includes('left out'));
    expect(left.map((line) => line.replace('firewall: not understood, and left out: ', '').trim()).sort()).toEqual([
      'tcp -x 1',
      'tcp 10.0.0.1 99999',
      'tcp 1;2 3',
      'wrong nonsense',
    ]);
  }, 60_000);

  it('takes nameservers of the setting in the place of those that are told', async () => {
    const container = await start('dns 192.168.1.1\n', { FIREWALL_DNS: '192.168.1.2' });
    await ready(container);
    expect(await elements(container, 'allowed4')).toEqual(['192.168.1.2 tcp 53', '192.168.1.2 udp 53']);
  }, 60_000);

  it('follows the list, keeps what it counted, and ends at once when it is told to', async () => {
    const container = await start('tcp 192.168.1.155 22\n');
    await ready(container);
    const handle = async () =>
      (await container.exec('nft', '-a', 'list', 'table', 'inet', 'runnerwatch_rw_test')).output;
    const counter = /counter denied_lan \{ # handle (\d+)/;
    const before = counter.exec(await handle())?.[1];
    expect(before).toBeDefined();
    await container.exec('sh', '-c', 'echo tcp 192.168.1.9 443 >/targets/targets');
    const changed = async () => (await container.logs()).includes('the list has changed; 1 destinations');
    await waitUntil(changed, { timeoutMs: 30_000, what: () => 'the list was not followed' });
    expect(await elements(container, 'allowed4')).toEqual(['192.168.1.9 tcp 443']);
    expect(counter.exec(await handle())?.[1]).toBe(before);
    await docker('stop', '--time', '20', container.name);
    expect(await container.wait()).toBe(0);
  }, 60_000);

  it.each([
    ['RUNNER_BRIDGE', 'a-name-that-is-too-long', 'expected the name of an interface'],
    ['RUNNER_BRIDGE', 'x" accept; #', 'expected the name of an interface'],
    ['RUNNER_SUBNET', '172.31.9.0', 'expected one such as 172.20.0.0/16'],
    ['FIREWALL_PUBLIC_PORTS', '443 }; accept', 'expected ports such as 80,443'],
  ])(
    'refuses %s=%s',
    async (name, value, message) => {
      const container = await start('', { [name]: value });
      expect(await container.wait()).toBe(1);
      expect(await container.logs()).toContain(message);
    },
    60_000,
  );
});
