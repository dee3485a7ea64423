import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSshd } from '../../support/processes.ts';
import { binary, freePort, needs } from '../../support/services.ts';
import { keyFolder, sshUnderTest } from '../../support/ssh.ts';

describe.skipIf(needs('sshd'))('the host keys of a real sshd', () => {
  const keys = keyFolder();
  beforeAll(() => {
    keys.make('login');
    for (const type of ['rsa', 'ecdsa']) keys.make(type, '', type);
  });
  afterAll(() => keys[Symbol.dispose]());

  const start = (port?: number) => {
    const config = ['rsa', 'ecdsa'].map((type) => `HostKey ${keys.file(type)}`).join('\n');
    return startSshd({ authorizedKeys: keys.publicKey('login'), config, ...(port && { port }) });
  };

  const fingerprintOf = (name: string): string =>
    execFileSync(binary('ssh-keygen'), ['-l', '-f', keys.file(`${name}.pub`)], { encoding: 'utf8' }).split(' ')[1] ??
    '';

  it.each([
    ['ssh-rsa', 'rsa'],
    ['ecdsa-sha2-nistp256', 'ecdsa'],
  ])('are asked for by the type of the pin: %s', async (type, name) => {
    await using server = await start();
    using ssh = sshUnderTest();
    const fingerprint = fingerprintOf(name);
    const found = await ssh.probe({ port: server.port, hostKeys: [{ type, fingerprint }] });
    expect(found).toMatchObject({ failure: undefined, trusted: true, hostKey: { type, fingerprint } });
  });

  it('may be any of several pins', async () => {
    await using server = await start();
    using ssh = sshUnderTest();
    const hostKeys = [fingerprintOf('rsa'), server.fingerprint].map((fingerprint) => ({
      type: undefined,
      fingerprint,
    }));
    expect(await ssh.probe({ port: server.port, hostKeys })).toMatchObject({ failure: undefined, trusted: true });
  });

  it.each([
    ['plain', false],
    ['hashed', true],
  ])('are found in a known_hosts file with %s names', async (_, isHashed) => {
    await using server = await start();
    using ssh = sshUnderTest();
    const file = keys.file(`known_hosts_${isHashed}`);
    const scan = ['-p', String(server.port), '-t', 'rsa', ...(isHashed ? ['-H'] : []), '127.0.0.1'];
    writeFileSync(file, execFileSync(binary('ssh-keyscan'), scan, { stdio: ['ignore', 'pipe', 'ignore'] }));
    const check = { port: server.port, knownHostsFile: file };
    expect(await ssh.probe(check)).toMatchObject({ failure: undefined, trusted: true, hostKey: { type: 'ssh-rsa' } });
    writeFileSync(file, '');
    expect(await ssh.probe(check)).toMatchObject({ failure: 'host-key', trusted: false });
  });

  it('that cannot be looked up fail the probe before it connects', async () => {
    using ssh = sshUnderTest();
    const found = await ssh.probe({ port: await freePort(), knownHostsFile: keys.file('gone') });
    expect(found).toMatchObject({ failure: 'host-key' });
    expect(found.detail).toContain('gone');
  });

  it('are remembered at the first contact, and another is refused until it is accepted', async () => {
    const first = await start();
    using ssh = sshUnderTest();
    const { port, user } = first;
    const check = { port, username: user, privateKeyFile: keys.file('login') };
    const probe = () => ssh.probe(check);
    expect(await probe()).toMatchObject({ failure: undefined, trusted: true, changedAt: undefined });
    await first[Symbol.asyncDispose]();

    await using second = await start(port);
    const changed = await probe();
    expect(changed).toMatchObject({
      failure: 'host-key',
      trusted: false,
      hostKey: { fingerprint: second.fingerprint },
      detail: `the host key is ${second.fingerprint} (ssh-ed25519), not the one that was seen first`,
    });
    expect(changed.changedAt).toBeGreaterThan(Date.now() - 60_000);
    expect(await probe()).toMatchObject({ failure: 'host-key', changedAt: changed.changedAt });
    expect(second.output()).not.toContain('Accepted');

    expect(ssh.memory.accept(`[127.0.0.1]:${port}`, second.fingerprint, Date.now())).toBe(true);
    expect(await probe()).toMatchObject({ failure: undefined, trusted: true, changedAt: undefined });
  });

  it('that changed stay an alarm while the host is away', async () => {
    const first = await start();
    using ssh = sshUnderTest();
    const check = { port: first.port };
    await ssh.probe(check);
    await first[Symbol.asyncDispose]();
    const second = await start(first.port);
    const { changedAt } = await ssh.probe(check);
    await second[Symbol.asyncDispose]();
    expect(await ssh.probe(check)).toMatchObject({ failure: 'refused', trusted: false, changedAt, hostKey: undefined });
    const pinned = [{ type: undefined, fingerprint: second.fingerprint }];
    expect(await ssh.probe({ ...check, hostKeys: pinned })).toMatchObject({ failure: 'refused', trusted: undefined });
  });

  it('are looked at again where the kept connection or the last exchange no longer has a pinned one', async () => {
    await using server = await start();
    using ssh = sshUnderTest();
    const other = [{ type: undefined, fingerprint: fingerprintOf('rsa') }];
    const look = { port: server.port, handshakeInterval: 900_000 };
    const login = { ...look, username: server.user, privateKeyFile: keys.file('login') };
    for (const check of [look, login]) {
      expect(await ssh.probe(check)).toMatchObject({ failure: undefined });
      expect(await ssh.probe({ ...check, hostKeys: other })).toMatchObject({ failure: 'host-key', reused: false });
    }
  });
});
