import { describe, expect, it } from 'vitest';
import type { PartialCollection } from '../../src/collectors/collector.ts';
import { icmp } from '../../src/collectors/icmp.ts';
import { bindProbes, Modules } from '../../src/collectors/modules.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { IcmpReply, IcmpRequest, IcmpSource } from '../../src/sources/icmp.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { linesOfSamples } from '../support/host.ts';
import { probesOf, targetsOf } from '../support/targets.ts';

const { signal } = new AbortController();
const config = icmp.config.parse({});
const reply: IcmpReply = {
  ...{ protocol: 4, ip: '192.0.2.7', resolveMs: 1, durationMs: 500, failure: undefined, hopLimit: undefined },
  ...{ sent: 4, received: 3, rttsMs: [2, 5, 3] },
};

interface Answers {
  readonly hasFping: boolean;
  readonly many?: (requests: readonly IcmpRequest[]) => readonly (IcmpReply | undefined)[];
}

/** A source that notes how it was asked. */
function recording({ hasFping, many = (requests) => requests.map(() => reply) }: Answers) {
  const rounds: (readonly IcmpRequest[])[] = [];
  const single: string[] = [];
  const source: IcmpSource = {
    probe: async (address) => {
      single.push(address);
      return reply;
    },
    hasFping: async () => hasFping,
    probeMany: async (requests) => {
      rounds.push(requests);
      return many(requests);
    },
  };
  return { source, rounds, single };
}

function targets(count: number) {
  return Array.from({ length: count }, (_, index) => ({ name: `t${index}`, address: `10.0.0.${index}` }));
}

async function collect(source: IcmpSource, probes = probesOf(...targets(5))): Promise<readonly string[]> {
  return linesOfSamples(
    await icmp.collect({ clock: new FakeClock(), log: silentLog, probes, icmp: source }, config, signal),
  );
}

describe('icmp', () => {
  it.each([
    { count: 4, hasFping: true, tool: 'ping' },
    { count: 5, hasFping: true, tool: 'fping' },
    { count: 5, hasFping: false, tool: 'ping' },
  ])('pings $count targets with $tool where fping is there: $hasFping', async ({ count, hasFping, tool }) => {
    const { source, rounds, single } = recording({ hasFping });
    const lines = await collect(source, probesOf(...targets(count)));
    expect([rounds.length, single.length]).toEqual(tool === 'fping' ? [1, 0] : [0, count]);
    expect(lines.filter((line) => line.startsWith('runnerwatch_icmp_tool'))).toEqual([
      `runnerwatch_icmp_tool{tool="fping"} ${Number(tool === 'fping')}`,
      `runnerwatch_icmp_tool{tool="ping"} ${Number(tool === 'ping')}`,
    ]);
    expect(lines.filter((line) => line.startsWith('probe_success'))).toHaveLength(count);
  });

  it('gives loss, mean, least, most, jitter, and the time of the round in which the target was', async () => {
    const lines = await collect(recording({ hasFping: true }).source);
    const on = 'address="10.0.0.1",module="icmp",target="t1"';
    expect(lines.filter((line) => line.includes('target="t1"'))).toEqual([
      `probe_dns_lookup_time_seconds{${on}} 0.001`,
      `probe_duration_seconds{${on}} 0.5`,
      'probe_icmp_duration_seconds{address="10.0.0.1",module="icmp",phase="resolve",target="t1"} 0.001',
      `probe_icmp_duration_seconds{address="10.0.0.1",module="icmp",phase="rtt",target="t1"} ${10 / 3 / 1000}`,
      'probe_icmp_duration_seconds{address="10.0.0.1",module="icmp",phase="setup",target="t1"} 0',
      // FNV-1a of 192.0.2.7.
      `probe_ip_addr_hash{${on}} 1936431214`,
      `probe_ip_protocol{${on}} 4`,
      `probe_success{${on}} 1`,
      `runnerwatch_probe_jitter_seconds{${on}} 0.0025`,
      `runnerwatch_probe_packet_loss_ratio{${on}} 0.25`,
      `runnerwatch_probe_rtt_max_seconds{${on}} 0.005`,
      `runnerwatch_probe_rtt_min_seconds{${on}} 0.002`,
    ]);
  });

  it('says no jitter of a single answer, and no times of none beside the phases', async () => {
    const [one, none] = [
      { ...reply, rttsMs: [2] },
      { ...reply, received: 0, rttsMs: [] },
    ];
    const { source } = recording({ hasFping: true, many: (all) => all.map((_, index) => (index === 0 ? one : none)) });
    const timed = (await collect(source)).filter((line) => /jitter|rtt/.test(line));
    const ownTimes = timed.filter((line) => line.startsWith('runnerwatch_'));
    expect(ownTimes).toHaveLength(2);
    expect(ownTimes.every((line) => line.includes('target="t0"') && !line.includes('jitter'))).toBe(true);
    expect(timed.filter((line) => line.endsWith(' 0'))).toHaveLength(4);
  });

  it('keeps what was probed where time did not suffice for all', async () => {
    const { source } = recording({
      hasFping: true,
      many: (all) => all.map((_, index) => (index < 3 ? reply : undefined)),
    });
    const error = await collect(source).catch((caught: unknown) => caught);
    expect(String(error)).toContain('2 of 5 targets were not probed within 60 s');
    const names = (error as PartialCollection).samples.map(({ metric }) => metric.name);
    expect(names.filter((name) => name === 'probe_success')).toHaveLength(3);
    expect(names).toContain('runnerwatch_icmp_tool');
  });

  it('fails with fping', async () => {
    const { source } = recording({ hasFping: true });
    const broken = { ...source, probeMany: () => Promise.reject(new Error('fping failed: no')) };
    await expect(collect(broken)).rejects.toThrow('fping failed: no');
  });

  it("sends what the module says, with the module's timeout", async () => {
    const modules = Modules.parse({ far: { prober: 'icmp', timeout: '700ms', icmp: { payload_size: 100, ttl: 3 } } });
    const entries = targets(5).map((target) => ({ ...target, modules: ['far'] }));
    const { source, rounds } = recording({ hasFping: true });
    await collect(source, bindProbes(targetsOf(...entries), modules));
    const prefer = { family: 6, fallback: true };
    const expected = { address: '10.0.0.4', count: 3, timeoutMs: 700, payloadSize: 100, ttl: 3, prefer };
    expect(rounds[0]?.[4]).toEqual(expected);
  });
});
