import { describe, expect, it } from 'vitest';
import { PartialCollection } from '../../src/collectors/collector.ts';
import { icmp } from '../../src/collectors/icmp.ts';
import { inventory } from '../../src/collectors/inventory.ts';
import { ssh } from '../../src/collectors/ssh.ts';
import type { Log } from '../../src/lib/log.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { IcmpReply, IcmpSource } from '../../src/sources/icmp.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { linesOfSamples } from '../support/host.ts';
import { probesOf } from '../support/targets.ts';

const { signal } = new AbortController();
const reply: IcmpReply = {
  protocol: 4,
  ip: '192.0.2.7',
  resolveMs: 2,
  sent: 3,
  received: 3,
  rttsMs: [1, 1.5, 2],
  hopLimit: 63,
  failure: undefined,
};
const silence: IcmpReply = { ...reply, received: 0, rttsMs: [], hopLimit: undefined, failure: 'timeout' };

/** Without fping. */
function pinging(probe: IcmpSource['probe']): IcmpSource {
  return { probe, hasFping: async () => false, probeMany: async () => [] };
}

/** A log that keeps its lines as `message reason`. */
function recordingLog() {
  const lines: string[] = [];
  const keep = (fields: object, message: string): void => {
    lines.push(`${message} ${'failure' in fields ? fields.failure : ''}`.trim());
  };
  return { lines, log: { ...silentLog, warn: keep, info: keep } as Log };
}

describe('icmp', () => {
  const config = icmp.config.parse({});

  it('gives the samples of a target, with its own labels', async () => {
    const probes = probesOf({ name: 'nas', address: 'nas.lan', labels: { site: 'home' } });
    const deps = { clock: new FakeClock(), log: silentLog, probes, icmp: pinging(async () => reply) };
    const on = 'address="nas.lan",module="icmp"';
    expect(linesOfSamples(await icmp.collect(deps, config, signal))).toEqual([
      `probe_dns_lookup_time_seconds{${on},site="home",target="nas"} 0.002`,
      `probe_duration_seconds{${on},site="home",target="nas"} 0`,
      `probe_icmp_duration_seconds{${on},phase="resolve",site="home",target="nas"} 0.002`,
      `probe_icmp_duration_seconds{${on},phase="rtt",site="home",target="nas"} 0.0015`,
      `probe_icmp_duration_seconds{${on},phase="setup",site="home",target="nas"} 0`,
      `probe_icmp_reply_hop_limit{${on},site="home",target="nas"} 63`,
      `probe_ip_addr_hash{${on},site="home",target="nas"} 1936431214`,
      `probe_ip_protocol{${on},site="home",target="nas"} 4`,
      `probe_success{${on},site="home",target="nas"} 1`,
      `runnerwatch_icmp_tool{tool="fping"} 0`,
      `runnerwatch_icmp_tool{tool="ping"} 1`,
      `runnerwatch_probe_jitter_seconds{${on},site="home",target="nas"} 0.0005`,
      `runnerwatch_probe_packet_loss_ratio{${on},site="home",target="nas"} 0`,
      `runnerwatch_probe_rtt_max_seconds{${on},site="home",target="nas"} 0.002`,
      `runnerwatch_probe_rtt_min_seconds{${on},site="home",target="nas"} 0.001`,
    ]);
  });

  it('takes silence for an answer, not for a failure of the collector', async () => {
    const probes = probesOf({ name: 'nas', address: 'nas.lan' });
    const deps = { clock: new FakeClock(), log: silentLog, probes, icmp: pinging(async () => silence) };
    const lines = linesOfSamples(await icmp.collect(deps, config, signal));
    expect(lines).toContain('probe_success{address="nas.lan",module="icmp",target="nas"} 0');
    expect(lines).toContain('runnerwatch_probe_packet_loss_ratio{address="nas.lan",module="icmp",target="nas"} 1');
    expect(lines.some((line) => line.startsWith('runnerwatch_probe_rtt') || line.includes('hop_limit'))).toBe(false);
  });

  it('fails where pings cannot be sent', async () => {
    const probe = () => Promise.reject(new Error('the command ping cannot be run'));
    const probes = probesOf({ name: 'nas', address: 'nas.lan' });
    const deps = { clock: new FakeClock(), log: silentLog, probes, icmp: pinging(probe) };
    await expect(icmp.collect(deps, config, signal)).rejects.toThrow('the command ping cannot be run');
  });

  it('is idle without a target of its own', () => {
    const probes = probesOf({ name: 'nas', address: 'nas.lan', modules: ['ssh'] });
    const deps = { clock: new FakeClock(), log: silentLog, probes, icmp: pinging(async () => reply) };
    expect(icmp.idle?.(deps, config)).toBe('no target with a module of prober icmp');
    expect(icmp.idle?.({ ...deps, probes: probesOf({ name: 'nas', address: 'nas.lan' }) }, config)).toBeUndefined();
  });

  it('logs a failure when it begins, changes and ends', async () => {
    const { log, lines } = recordingLog();
    const replies = [reply, silence, silence, { ...silence, failure: 'dns' as const }, reply, reply];
    const probes = probesOf({ name: 'nas', address: 'nas.lan' });
    for (const answer of replies) {
      const deps = { clock: new FakeClock(), log, probes, icmp: pinging(async () => answer) };
      await icmp.collect(deps, config, signal);
    }
    expect(lines).toEqual(['probe failed timeout', 'probe failed dns', 'probe recovered']);
  });

  it('keeps what was probed where time does not suffice for all, and probes no more at once than allowed', async () => {
    const clock = new FakeClock();
    let active = 0;
    let most = 0;
    async function probe(): Promise<IcmpReply> {
      active += 1;
      most = Math.max(most, active);
      await clock.sleep(6_000);
      active -= 1;
      return silence;
    }
    const probes = probesOf(...Array.from({ length: 40 }, (_, index) => ({ name: `t${index}`, address: 'a' })));
    const deps = { clock, log: silentLog, probes, icmp: pinging(probe) };
    const short = icmp.config.parse({ timeout: '20s', concurrency: 5 });
    const ended = icmp.collect(deps, short, signal).catch((error: unknown) => error);
    await clock.advance(0);
    await clock.advance(20_000);
    const error = await ended;
    expect(most).toBe(5);
    expect(error).toBeInstanceOf(PartialCollection);
    expect(String(error)).toContain('25 of 40 targets were not probed within 20 s');
    expect((error as PartialCollection).samples.filter(({ metric }) => metric.name === 'probe_success')).toHaveLength(
      15,
    );
  });

  it('refuses a timeout that one target may use up', () => {
    expect(icmp.config.safeParse({ timeout: '5s' }).success).toBe(false);
    expect(ssh.config.safeParse({ timeout: '10s' }).success).toBe(false);
  });
});

describe('inventory', () => {
  it('gives one info sample', async () => {
    const host = { platform: 'linux', distro: 'Debian', release: '12', kernel: '6.1', arch: 'x64', virtual: true };
    const deps = { clock: new FakeClock(), log: silentLog, inventory: { host: async () => host } };
    expect(linesOfSamples(await inventory.collect(deps, inventory.config.parse({}), signal))).toEqual([
      'runnerwatch_host_info{arch="x64",distro="Debian",kernel="6.1",os="linux",release="12",virtual="true"} 1',
    ]);
  });
});
