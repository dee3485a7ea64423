import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { ssh } from '../../src/collectors/ssh.ts';
import { SshKeys, sshCheckOf, sshFaults } from '../../src/collectors/ssh-check.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { SshProbe } from '../../src/sources/ssh/ssh-source.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { linesOfSamples } from '../support/host.ts';
import { probesOf } from '../support/targets.ts';

const { signal } = new AbortController();
const fingerprint = `SHA256:${'k'.repeat(43)}`;
const found: SshProbe = {
  protocol: 6,
  phases: new Map([
    ['connect', 10],
    ['banner', 20],
  ]),
  hostKey: { type: 'ssh-ed25519', fingerprint },
  trusted: true,
  changedAt: undefined,
  reused: false,
  failure: undefined,
  detail: undefined,
};

async function collect(probe: SshProbe): Promise<readonly string[]> {
  const probes = probesOf({ name: 'nas', address: '::1', modules: ['ssh'] });
  const source = { probe: async () => probe, close: () => undefined };
  const deps = { clock: new FakeClock(), log: silentLog, probes, ssh: source };
  return linesOfSamples(await ssh.collect(deps, ssh.config.parse({}), signal));
}

const on = 'address="::1",module="ssh"';

describe('the samples of ssh', () => {
  it('are phases, host key and success', async () => {
    const lines = await collect(found);
    expect(lines.filter((line) => !line.startsWith('runnerwatch_probe_failure'))).toEqual([
      `probe_duration_seconds{${on},target="nas"} 0`,
      `probe_ip_protocol{${on},target="nas"} 6`,
      `probe_success{${on},target="nas"} 1`,
      `runnerwatch_probe_ssh_connection_reused{${on},target="nas"} 0`,
      `runnerwatch_probe_ssh_host_key_info{address="::1",fingerprint="${fingerprint}",module="ssh",target="nas",type="ssh-ed25519"} 1`,
      `runnerwatch_probe_ssh_host_key_match{${on},target="nas"} 1`,
      `runnerwatch_probe_ssh_phase_duration_seconds{${on},phase="banner",target="nas"} 0.02`,
      `runnerwatch_probe_ssh_phase_duration_seconds{${on},phase="connect",target="nas"} 0.01`,
    ]);
    expect(lines.filter((line) => line.startsWith('runnerwatch_probe_failure')).map((line) => line.at(-1))).toEqual(
      Array.from({ length: 9 }, () => '0'),
    );
  });

  it('say since when the host shows another key, even while it is away', async () => {
    const away = { ...found, hostKey: undefined, trusted: false, changedAt: 1_700_000_000_500, failure: 'refused' };
    const lines = await collect(away as SshProbe);
    expect(lines).toContain(`runnerwatch_probe_ssh_host_key_match{${on},target="nas"} 0`);
    expect(lines).toContain(
      `runnerwatch_probe_ssh_host_key_changed_timestamp_seconds{${on},target="nas"} 1700000000.5`,
    );
  });

  it('say nothing of a host key that was never seen', async () => {
    const lines = await collect({ ...found, hostKey: undefined, trusted: undefined, failure: 'timeout' });
    expect(lines.join('\n')).not.toContain('host_key');
  });

  it('say why a probe failed', async () => {
    const lines = await collect({ ...found, failure: 'auth', hostKey: undefined });
    expect(lines).toContain(`probe_success{${on},target="nas"} 0`);
    expect(lines).toContain(`runnerwatch_probe_failure{${on},reason="auth",target="nas"} 1`);
    expect(lines).toContain(`runnerwatch_probe_failure{${on},reason="dns",target="nas"} 0`);
  });
});

describe('the keys of ssh', () => {
  const parse = (keys: z.input<typeof SshKeys>) => SshKeys.parse(keys);
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti';

  it.each([
    ['one fingerprint', fingerprint, [{ type: undefined, fingerprint }]],
    [
      'a public key, with or without a comment',
      [key, `${key} root@nas`],
      Array.from({ length: 2 }, () => ({
        type: 'ssh-ed25519',
        fingerprint: 'SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ',
      })),
    ],
  ])('pin %s', (_, host_key, pins) => {
    expect(sshCheckOf(parse({ host_key })).hostKeys).toMatchObject(pins);
  });

  it.each(['MD5:aa', 'ssh-rsa AAAAC3NzaC1lZDI1NTE5', 'ssh-ed25519', ''])('refuse the pin %s', (host_key) => {
    expect(SshKeys.safeParse({ host_key }).success).toBe(false);
  });

  it('of a target stand over those of its module, and both over the defaults', () => {
    const check = sshCheckOf(parse({ port: 2222, handshake_interval: '1h' }), parse({ handshake_interval: '0s' }));
    expect(check).toMatchObject({ port: 2222, handshakeInterval: 0, exitCode: 0 });
    expect(sshCheckOf({}).handshakeInterval).toBe(900_000);
  });

  it.each([
    [{ username: 'a' }, 'username'],
    [{ expect_output: 'x' }, 'expect_output'],
    [{ exit_code: 1 }, 'exit_code'],
    [{ command: 'true' }, 'command'],
  ] as const)('that make no sense alone are told: %j', (keys, fault) => {
    expect(sshFaults(parse(keys)).map(({ key: name }) => name)).toEqual([fault]);
  });
});
