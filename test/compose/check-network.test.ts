import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/processes.ts';
import { shipped } from './runner-home.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder({ routes: routes(), 'resolv.conf': 'nameserver 127.0.0.53\n', '.env': '' });
  for (const name of ['check-network.sh', 'settings.sh']) copyFileSync(shipped(name), join(folder.path, name));
  fakeDocker({ bridge: '172.17.0.0/16' });
});
afterEach(() => folder[Symbol.dispose]());

const write = (name: string, text: string) => writeFileSync(join(folder.path, name), text);

/** /proc/net/route with these lines: device, destination and mask as the kernel prints them. */
function routes(...lines: readonly (readonly [string, string, string])[]): string {
  const head = 'Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT';
  const rest = lines.map(([device, to, mask]) => [device, to, '00000000', '0001', 0, 0, 0, mask, 0, 0, 0].join('\t'));
  return `${[head, ...rest].join('\n')}\n`;
}

/** A docker command that knows these networks, by name, and of the first what `inspect` says of its bridge. */
function fakeDocker(networks: Readonly<Record<string, string>>, own: { name?: string; id?: string } = {}): void {
  const cases = Object.entries(networks).map(([name, subnet]) => `${name}) echo "${subnet} " ;;`);
  const script = `#!/usr/bin/env bash
case "$1 $2 $*" in
  'network ls'*) printf '%s\\n' ${Object.keys(networks).join(' ')} ;;
  *bridge.name*) echo '${own.name ?? ''}' ;;
  *'{{.Id}}'*) echo '${own.id ?? ''}' ;;
  *) case $3 in ${cases.join(' ')} *) exit 1 ;; esac ;;
esac
`;
  write('docker', script);
  chmodSync(join(folder.path, 'docker'), 0o755);
}

function check(env: Readonly<Record<string, string>> = {}) {
  const { promise, resolve } = Promise.withResolvers<{ code: number | null; out: string; err: readonly string[] }>();
  const files = { ROUTES_FILE: join(folder.path, 'routes'), RESOLV_FILE: join(folder.path, 'resolv.conf') };
  const options = { env: { PATH: `${folder.path}:${process.env.PATH}`, ...files, ...env }, timeout: 15_000 };
  const child = execFile(join(folder.path, 'check-network.sh'), options, (_, out, err) =>
    resolve({ code: child.exitCode, out, err: err.trim().split('\n') }),
  );
  return promise;
}

const free = (title: string, subnet: string) => `free     ${subnet} for ${title}`;
const runnersFree = free("the runners' network", '172.20.0.0/16');
const proxyFree = free("the Docker proxy's network", '172.16.213.0/28');
const accessFree = free("Runnerwatch's own network", '172.16.213.32/28');
const monitoringFree = free('the monitoring network', '172.16.213.16/28');
const lines = (...all: readonly string[]) => all.map((line) => `${line}\n`).join('');

const clash = (title: string, subnet: string, what: string, why: string) =>
  `clash:   ${title} ${subnet} overlaps with ${what}: ${why}`;
const next = (setting: string, proposal: string) =>
  `next:    set ${setting}=${proposal} in .env, which nothing here uses`;

/** The runners' network is in the way, and none of the others. */
const refused = (what: string, proposal = '172.20.0.0/16', subnet = '172.20.0.0/16') => ({
  code: 1,
  out: lines(proxyFree, accessFree, monitoringFree),
  err: [clash("the runners' network", subnet, what, 'jobs could not reach it'), next('RUNNER_SUBNET', proposal)],
});

describe('check-network.sh', () => {
  it('is content where nothing is in the way', async () => {
    write('routes', routes(['eth0', '00000000', '00000000'], ['eth0', '0001A8C0', '00FFFFFF']));
    expect(await check()).toEqual({
      code: 0,
      out: lines(runnersFree, proxyFree, accessFree, monitoringFree),
      err: [''],
    });
  });

  it.each([
    ['a part of it', '000A14AC', '00FFFFFF', '172.20.10.0/24'],
    ['just it', '000014AC', '0000FFFF', '172.20.0.0/16'],
    ['what holds it', '000014AC', '0000FCFF', '172.20.0.0/14'],
    ['one address of it', '050014AC', 'FFFFFFFF', '172.20.0.5/32'],
  ])('finds a LAN that is %s', async (_, destination, mask, subnet) => {
    write('routes', routes(['eth0', '00000000', '00000000'], ['wg0', destination, mask]));
    const proposal = subnet === '172.20.0.0/14' ? '172.24.0.0/16' : '172.21.0.0/16';
    expect(await check()).toEqual(refused(`what is reached over wg0 (${subnet})`, proposal));
  });

  it('finds another Docker network, and proposes one that no other uses', async () => {
    fakeDocker({ bridge: '172.17.0.0/16', other: '172.20.0.0/16', third: '172.21.0.0/20' });
    expect(await check()).toEqual(refused('the Docker network other (172.20.0.0/16)', '172.22.0.0/16'));
  });

  it('finds a host of runnerwatch.yml and a nameserver', async () => {
    write('runnerwatch.yml', '# 172.20.9.9\ntargets: [{ name: a, address: 172.20.1.5 }]\n');
    expect(await check()).toEqual(refused('172.20.1.5 in runnerwatch.yml (172.20.1.5/32)', '172.21.0.0/16'));
    write('runnerwatch.yml', '# 172.20.9.9\n');
    write('resolv.conf', 'search lan\nnameserver 172.20.0.53\n');
    expect(await check()).toEqual(refused('the nameserver 172.20.0.53 (172.20.0.53/32)', '172.21.0.0/16'));
  });

  it.each([
    ['its bridge by name', { name: 'rw-runners' }, 'rw-runners'],
    ['its bridge by number', { id: '0123456789abcdef0123' }, 'br-0123456789ab'],
  ])('does not take its own network for another: %s', async (_, own, device) => {
    const others = { runnerwatch_monitoring: '172.16.213.16/28', 'runnerwatch_docker-api': '172.16.213.0/28' };
    fakeDocker({ bridge: '172.17.0.0/16', 'github-runner-network': '172.20.0.0/16', ...others }, own);
    write('routes', routes([device, '000014AC', '0000FFFF']));
    expect((await check()).code).toBe(0);
  });

  it('reads the settings of .env', async () => {
    write('.env', 'RUNNER_SUBNET=10.9.0.0/24\nRUNNER_NETWORK=mine\n');
    fakeDocker({ mine: '10.9.0.0/24', 'github-runner-network': '172.20.0.0/16' });
    expect((await check()).out).toContain('10.9.0.0/24');
    fakeDocker({ mine: '10.9.0.0/24', other: '10.0.0.0/8' });
    expect(await check()).toEqual(refused('the Docker network other (10.0.0.0/8)', '172.20.0.0/16', '10.9.0.0/24'));
  });

  it.each(['172.20.0.0', '172.20.0/16', '172.20.0.256/24', '172.20.0.0/33', 'x'])('refuses %s', async (subnet) => {
    const { code, err } = await check({ RUNNER_SUBNET: subnet });
    expect([code, err]).toEqual([1, [`clash:   RUNNER_SUBNET is '${subnet}', expected one such as 172.20.0.0/16`]]);
  });

  it('looks at the other networks too, and proposes a different one to each', async () => {
    write('routes', routes(['wg0', '000010AC', '0000F0FF']));
    const vpn = 'what is reached over wg0 (172.16.0.0/12)';
    expect(await check()).toEqual({
      code: 1,
      out: '',
      err: [
        clash("the runners' network", '172.20.0.0/16', vpn, 'jobs could not reach it'),
        next('RUNNER_SUBNET', '10.200.0.0/16'),
        clash("the Docker proxy's network", '172.16.213.0/28', vpn, 'this host could not reach it'),
        next('DOCKER_API_SUBNET', '10.201.0.0/28'),
        clash("Runnerwatch's own network", '172.16.213.32/28', vpn, 'Runnerwatch could not reach it'),
        next('ACCESS_SUBNET', '10.201.0.16/28'),
        clash('the monitoring network', '172.16.213.16/28', vpn, 'this host could not reach it'),
        next('MONITORING_SUBNET', '10.201.0.32/28'),
      ],
    });
    const proposed = {
      RUNNER_SUBNET: '10.200.0.0/16',
      DOCKER_API_SUBNET: '10.201.0.0/28',
      ACCESS_SUBNET: '10.201.0.16/28',
      MONITORING_SUBNET: '10.201.0.32/28',
    };
    expect(await check(proposed)).toMatchObject({ code: 0, err: [''] });
  });

  it('finds what overlaps within the stack', async () => {
    expect(await check({ RUNNER_SUBNET: '172.16.0.0/16' })).toEqual({
      code: 1,
      out: lines(free("the runners' network", '172.16.0.0/16')),
      err: [
        clash(
          "the Docker proxy's network",
          '172.16.213.0/28',
          "the runners' network (172.16.0.0/16)",
          'Docker would not make both',
        ),
        next('DOCKER_API_SUBNET', '10.200.0.0/28'),
        clash(
          "Runnerwatch's own network",
          '172.16.213.32/28',
          "the runners' network (172.16.0.0/16)",
          'Docker would not make both',
        ),
        next('ACCESS_SUBNET', '10.200.0.16/28'),
        clash(
          'the monitoring network',
          '172.16.213.16/28',
          "the runners' network (172.16.0.0/16)",
          'Docker would not make both',
        ),
        next('MONITORING_SUBNET', '10.200.0.32/28'),
      ],
    });
  });

  it('takes the networks of another project for those of others', async () => {
    fakeDocker({ 'runnerwatch_docker-api': '172.16.213.0/28' });
    const { code, out, err } = await check({ COMPOSE_PROJECT_NAME: 'mine' });
    expect([code, out]).toEqual([1, lines(runnersFree, accessFree, monitoringFree)]);
    const what = 'the Docker network runnerwatch_docker-api (172.16.213.0/28)';
    expect(err).toEqual([
      clash("the Docker proxy's network", '172.16.213.0/28', what, 'this host could not reach it'),
      next('DOCKER_API_SUBNET', '172.16.214.0/28'),
    ]);
  });

  it.each([
    ['DOCKER_API_SUBNET', '172.16.213.0/28'],
    ['ACCESS_SUBNET', '172.16.213.32/28'],
    ['MONITORING_SUBNET', '172.16.213.16/28'],
  ])('refuses a %s that is none', async (setting, example) => {
    const { code, err } = await check({ [setting]: '10.0.0.1' });
    expect([code, err]).toEqual([1, [`clash:   ${setting} is '10.0.0.1', expected one such as ${example}`]]);
  });
});
