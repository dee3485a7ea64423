import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { denials, firewall } from '../../src/collectors/firewall.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createFirewallSource } from '../../src/sources/firewall.ts';
import { readShipped } from '../shipped/tools.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { linesOfSamples } from '../support/host.ts';
import { temporaryFolder } from '../support/processes.ts';
import { root } from '../support/tree.ts';

const { signal } = new AbortController();
const written = join(root, 'test/fixtures/firewall/firewall.json');

async function collect(file: string): Promise<readonly string[]> {
  const clock = new FakeClock();
  const deps = { clock, log: silentLog, firewall: createFirewallSource(clock) };
  return linesOfSamples(await firewall.collect(deps, firewall.config.parse({ file }), signal));
}

describe('firewall', () => {
  it('shows what was refused, and how old that is', async () => {
    expect(await collect(written)).toEqual([
      'runnerwatch_firewall_allowed_destinations 2',
      'runnerwatch_firewall_denied_packets_total{reason="host"} 1',
      'runnerwatch_firewall_denied_packets_total{reason="lan"} 1',
      'runnerwatch_firewall_denied_packets_total{reason="metadata"} 1',
      'runnerwatch_firewall_denied_packets_total{reason="neighbour"} 3',
      'runnerwatch_firewall_denied_packets_total{reason="port"} 1',
      'runnerwatch_firewall_denied_packets_total{reason="spoofed"} 0',
      'runnerwatch_firewall_updated_timestamp_seconds 1795623615',
    ]);
  });

  it('leaves out reasons that it does not know, and those that are not told', async () => {
    const counter = { name: 'denied_mars', packets: 9 };
    const state = { time: 5, allowed: 0, denied: { nftables: [{ counter }] } };
    using folder = temporaryFolder({ 'state.json': JSON.stringify(state) });
    expect(await collect(join(folder.path, 'state.json'))).toEqual([
      'runnerwatch_firewall_allowed_destinations 0',
      'runnerwatch_firewall_updated_timestamp_seconds 5',
    ]);
  });

  it.each([
    ['half a file', '{"time":17956', 'is not what the firewall writes'],
    ['another file', '{"time":"now"}', 'is not what the firewall writes'],
    ['a file without end', `{${' '.repeat(70_000)}}`, 'has more than 65536 bytes'],
  ])('fails on %s', async (_, text, message) => {
    using folder = temporaryFolder({ 'state.json': text });
    await expect(collect(join(folder.path, 'state.json'))).rejects.toThrow(message);
  });

  it('fails where there is no file, and is idle where none is named', async () => {
    await expect(collect('/nonexistent/firewall.json')).rejects.toThrow('ENOENT');
    const clock = new FakeClock();
    const deps = { clock, log: silentLog, firewall: createFirewallSource(clock) };
    expect(firewall.idle?.(deps, firewall.config.parse({}))).toBe('collectors.firewall.file is not set');
    expect(firewall.idle?.(deps, firewall.config.parse({ file: written }))).toBeUndefined();
  });

  it('knows the reasons of the ruleset', () => {
    const reasons = /^REASONS=\(([^)]*)\)$/m.exec(readShipped('compose/firewall/ruleset.sh'))?.[1];
    expect(reasons?.split(' ')).toEqual([...denials]);
  });
});
