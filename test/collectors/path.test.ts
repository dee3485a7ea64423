import { describe, expect, it } from 'vitest';
import { PartialCollection } from '../../src/collectors/collector.ts';
import { path } from '../../src/collectors/path.ts';
import { recordOf } from '../../src/collectors/path-record.ts';
import type { PathDeps } from '../../src/collectors/path-tries.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { linesOfSamples } from '../support/host.ts';

const { signal } = new AbortController();
const header = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT';
const route = `${header}\neth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n`;
const tunnel = `${header}\nwg0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n`;

interface World {
  readonly url?: string;
  readonly routes?: string;
  /** What answers: addresses, `dns`, and `host:port`. */
  readonly answers: readonly string[];
  readonly log?: Log;
}

function depsOf({
  url = 'https://api.github.com',
  routes = route,
  answers,
  log = silentLog,
}: World): PathDeps & { asked: string[] } {
  const asked: string[] = [];
  const fails = (name: string) => {
    asked.push(name);
    return answers.includes(name) ? undefined : 'timeout';
  };
  const reached = {
    resolveMs: 0,
    ip: undefined,
    protocol: undefined,
    tls: undefined,
    failedDueToRegex: false,
    expected: [],
  };
  const echoes = {
    protocol: undefined,
    ip: undefined,
    resolveMs: 0,
    sent: 2,
    received: 0,
    rttsMs: [],
    hopLimit: undefined,
  };
  return {
    ...{ clock: new FakeClock(), log, githubUrl: url, githubScopes: [{}], asked },
    icmp: { probe: async (address) => ({ ...echoes, failure: fails(address) as 'timeout' | undefined }) },
    nameservers: { ask: async () => fails('dns') },
    procfs: { read: async (file) => (file === 'net/route' ? routes : '') },
    tcp: {
      probe: async (address) => ({ ...reached, failure: fails(address) as 'timeout' | undefined, detail: 'no answer' }),
    },
  };
}

const config = path.config.parse({ wan: ['1.1.1.1', '1.0.0.1:443'] });
const all = ['192.168.1.1', '1.1.1.1', 'dns', 'api.github.com:443'];

async function stateOf(world: World, own = config): Promise<string> {
  const lines = linesOfSamples(await path.collect(depsOf(world), own, signal));
  const up = lines.filter((line) => line.startsWith('runnerwatch_path_up') && line.endsWith(' 1'));
  const broken = lines.filter((line) => line.startsWith('runnerwatch_path_broken_at') && line.endsWith(' 1'));
  const hop = (line: string): string => /hop="(\w+)"/.exec(line)?.[1] ?? '';
  return `up: ${up.map(hop).join(' ')}; broken at: ${broken.map(hop).join(' ')}`;
}

describe('path', () => {
  it.each<[string, World, string]>([
    ['all answer', { answers: all }, 'up: dns gateway github wan; broken at: '],
    [
      'one address of the WAN is enough',
      { answers: [...all.slice(2), '1.0.0.1:443'] },
      'up: dns gateway github wan; broken at: ',
    ],
    ['nothing answers', { answers: [] }, 'up: ; broken at: gateway'],
    ['only the gateway answers', { answers: all.slice(0, 1) }, 'up: gateway; broken at: wan'],
    ['the nameserver is silent', { answers: all.slice(0, 2) }, 'up: gateway wan; broken at: dns'],
    ['GitHub is down', { answers: all.slice(0, 3) }, 'up: dns gateway wan; broken at: github'],
    ['a gateway that keeps silent', { answers: all.slice(1) }, 'up: dns gateway github wan; broken at: '],
    ['GitHub proves all before it', { answers: all.slice(3) }, 'up: dns gateway github wan; broken at: '],
    ['there is no route', { answers: [], routes: header }, 'up: ; broken at: gateway'],
    ['a tunnel has no gateway to ask', { answers: [], routes: tunnel }, 'up: ; broken at: wan'],
    [
      'a GitHub in the house, by address',
      { url: 'https://10.0.0.5:8443', answers: ['192.168.1.1'] },
      'up: gateway; broken at: github',
    ],
    ['such a GitHub answers', { url: 'http://10.0.0.5', answers: ['10.0.0.5:80'] }, 'up: gateway github; broken at: '],
  ])('%s', async (_, world, expected) => {
    expect(await stateOf(world)).toBe(expected);
  });

  it('sends nothing beyond the house where that is switched off, or GitHub is in the house', async () => {
    for (const [own, url] of [
      [path.config.parse({ wan: [] }), 'https://ghe.lan'],
      [path.config.parse({}), 'https://127.0.0.1:1'],
      [path.config.parse({}), 'https://[::1]:1'],
      [path.config.parse({}), 'https://172.20.0.9'],
      [path.config.parse({}), 'http://localhost:3000'],
      [path.config.parse({}), 'http://github'],
    ] as const) {
      const deps = depsOf({ url, answers: [] });
      await path.collect(deps, own, signal);
      expect(deps.asked.filter((name) => /^(1\.|2606)/.test(name))).toEqual([]);
    }
  });

  it('asks the gateways that it is given', async () => {
    const own = path.config.parse({ gateways: ['10.9.9.9'], wan: [] });
    expect(await stateOf({ answers: ['10.9.9.9'] }, own)).toBe('up: gateway; broken at: dns');
    expect(await stateOf({ answers: ['dns'] }, path.config.parse({ gateways: [], wan: [] }))).toBe(
      'up: dns; broken at: github',
    );
  });

  it('keeps what it found where something could not be tried', async () => {
    const broken = { probe: () => Promise.reject(new Error('the command ping cannot be run')) };
    const error = await path
      .collect({ ...depsOf({ answers: ['dns'] }), icmp: broken }, config, signal)
      .catch((caught) => caught);
    expect(error).toBeInstanceOf(PartialCollection);
    expect(String(error)).toContain('the command ping cannot be run');
    const lines = linesOfSamples((error as PartialCollection).samples);
    expect(lines).toContain('runnerwatch_path_up{hop="dns"} 1');
    expect(lines).toContain('runnerwatch_path_broken_at{hop="github"} 1');
  });

  it('says in one sentence what is down, once', async () => {
    const said: unknown[] = [];
    const keep = (fields: object, message: string): void => void said.push({ ...fields, message });
    const log = { ...silentLog, warn: keep, info: keep } as Log;
    const deps = depsOf({ answers: all, log });
    const down = { ...depsOf({ answers: [], log }), nameservers: deps.nameservers };
    for (const world of [deps, down, down, deps, deps]) await path.collect(world, config, signal);
    expect(said).toEqual([
      { hop: 'gateway', reason: 'The gateway 192.168.1.1 does not answer.', message: 'path to GitHub is broken' },
      { hop: 'gateway', message: 'path to GitHub is whole again' },
    ]);
  });

  it('is idle where there is no GitHub to reach', () => {
    const deps = depsOf({ answers: [] });
    expect(path.idle?.({ ...deps, githubScopes: [] }, config)).toBe('no repository or organization to reach');
    expect(path.idle?.(deps, config)).toBeUndefined();
  });

  it.each([{ wan: ['-f'] }, { wan: ['a b'] }, { gateways: ['http://a'] }, { timeout: '5s' }])('refuses %j', (own) => {
    expect(path.config.safeParse(own).success).toBe(false);
  });
});

describe('recordOf', () => {
  const states = [undefined, true, false];
  const worlds = states.flatMap((gateway) =>
    states.flatMap((wan) => states.flatMap((dns) => states.map((github) => ({ gateway, wan, dns, github })))),
  );

  it.each(worlds)('of %j is broken exactly where a hop is down', (world) => {
    const given = Object.entries(world).filter(([, up]) => up !== undefined);
    const { up, brokenAt } = recordOf(Object.fromEntries(given.map(([hop, is]) => [hop, { up: is, reason: 'r' }])));
    expect([...up.keys()].sort()).toEqual(given.map(([hop]) => hop).sort());
    expect(brokenAt === undefined).toBe([...up.values()].every(Boolean));
    expect(brokenAt && up.get(brokenAt)).not.toBe(true);
    if (world.github) expect(brokenAt).toBeUndefined();
  });
});
