import { copyFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { compileSearch } from '../../../src/lib/regex.ts';
import type { SshCheck } from '../../../src/sources/ssh/check.ts';
import { startSshd } from '../../support/processes.ts';
import { needs } from '../../support/services.ts';
import { keyFolder, listenTcp, sshUnderTest } from '../../support/ssh.ts';
import { waitUntil } from '../../support/wait.ts';

const quarterHour = 900_000;

/** What sshd logs by default (LogLevel INFO), but for its start. */
function linesOf({ output }: { output(): string }): readonly string[] {
  return output()
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.includes('Server listening'));
}

describe.skipIf(needs('sshd'))('connections that are kept', () => {
  const keys = keyFolder();
  beforeAll(() => {
    keys.make('good');
    keys.make('other');
  });
  afterAll(() => keys[Symbol.dispose]());

  const startQuiet = () =>
    startSshd({ authorizedKeys: keys.publicKey('good') + keys.publicKey('other'), config: 'LogLevel INFO' });
  type Sshd = Awaited<ReturnType<typeof startQuiet>>;

  function checkOf({ port, user }: Sshd, more: Partial<SshCheck> = {}): Partial<SshCheck> {
    const privateKeyFile = keys.file('good');
    return { port, username: user, privateKeyFile, handshakeInterval: quarterHour, ...more };
  }

  /** A relay to the server, whose connections a test can cut or leave hanging. */
  function relayTo({ port }: Sshd) {
    return listenTcp((socket: Socket) => {
      const onward = connect(port, '127.0.0.1');
      onward.on('error', () => undefined);
      socket.pipe(onward).pipe(socket);
      socket.on('close', () => onward.destroy());
      onward.on('close', () => socket.destroy());
    });
  }

  it.each([
    ['a command', { command: 'true' }],
    ['nothing but the login', {}],
  ])('make one line of ten probes with %s', async (_, more) => {
    await using server = await startQuiet();
    using ssh = sshUnderTest();
    const check = checkOf(server, more);
    const probes = [];
    for (let count = 0; count < 10; count++) probes.push(await ssh.probe(check));
    expect(probes.map(({ failure }) => failure)).toEqual(Array(10).fill(undefined));
    expect(probes.map(({ reused }) => reused)).toEqual([false, ...Array(9).fill(true)]);
    expect(probes[9]?.hostKey?.fingerprint).toBe(server.fingerprint);
    expect([...(probes[9]?.phases.keys() ?? [])]).toEqual(
      'command' in more ? ['resolve', 'keepalive', 'command'] : ['resolve', 'keepalive'],
    );
    expect(linesOf(server)).toEqual([expect.stringContaining('Accepted publickey')]);
  });

  it.each([
    ['the key exchange each time', 0],
    ['the identification alone in between', quarterHour],
  ])('are not there without a login, which logs one line a probe with %s', async (_, handshakeInterval) => {
    await using server = await startQuiet();
    using ssh = sshUnderTest();
    const probes = [];
    for (let count = 0; count < 10; count++) probes.push(await ssh.probe({ port: server.port, handshakeInterval }));
    expect(probes.map(({ failure, trusted }) => [failure, trusted])).toEqual(Array(10).fill([undefined, true]));
    const isFull = probes.map(({ phases }) => phases.has('handshake'));
    expect(isFull).toEqual(handshakeInterval === 0 ? Array(10).fill(true) : [true, ...Array(9).fill(false)]);
    await waitUntil(() => linesOf(server).length >= 10, { timeoutMs: 5000, what: () => server.output() });
    expect(linesOf(server)).toEqual(Array(10).fill(expect.stringMatching(/^Connection closed by .* \[preauth\]$/)));
  });

  it('log in each time where no connection is to be kept', async () => {
    await using server = await startQuiet();
    using ssh = sshUnderTest();
    const check = checkOf(server, { handshakeInterval: 0, command: 'true' });
    for (let count = 0; count < 3; count++) expect((await ssh.probe(check)).reused).toBe(false);
    await waitUntil(() => linesOf(server).length >= 9, { timeoutMs: 5000, what: () => server.output() });
    const kinds = linesOf(server).map((line) => line.split(' ')[0]);
    expect(kinds.sort()).toEqual(['Accepted', 'Disconnected', 'Received'].flatMap((kind) => [kind, kind, kind]));
  });

  it('are opened anew when their time is over, so that a login that fails is not hidden for ever', async () => {
    await using server = await startQuiet();
    let later = 0;
    using ssh = sshUnderTest({ clock: { ...systemClock, monotonic: () => systemClock.monotonic() + later } });
    const check = checkOf(server);
    await ssh.probe(check);
    later = quarterHour - 5000;
    expect((await ssh.probe(check)).reused).toBe(true);
    later = quarterHour;
    expect((await ssh.probe(check)).reused).toBe(false);
  });

  it('are opened anew when the key file changes', async () => {
    await using server = await startQuiet();
    using ssh = sshUnderTest();
    const check = checkOf(server, { privateKeyFile: keys.file('current') });
    copyFileSync(keys.file('good'), keys.file('current'));
    await ssh.probe(check);
    copyFileSync(keys.file('other'), keys.file('current'));
    expect(await ssh.probe(check)).toMatchObject({ reused: false, failure: undefined });
    expect(await ssh.probe(check)).toMatchObject({ reused: true, failure: undefined });
  });

  it('are opened anew, in the same probe, when they were cut', async () => {
    await using server = await startQuiet();
    using relay = await relayTo(server);
    using ssh = sshUnderTest();
    const check = checkOf(server, { port: relay.port, command: 'true' });
    await ssh.probe(check);
    for (const socket of relay.sockets) socket.resetAndDestroy();
    expect(await ssh.probe(check)).toMatchObject({ reused: false, failure: undefined });
  });

  it('are opened anew, in the same probe, when nothing comes over them any more', async () => {
    await using server = await startQuiet();
    using relay = await relayTo(server);
    using ssh = sshUnderTest();
    const check = checkOf(server, { port: relay.port, command: 'true' });
    await ssh.probe(check);
    for (const socket of relay.sockets) socket.unpipe().pause();
    expect(await ssh.probe(check, 6000)).toMatchObject({ reused: false, failure: undefined });
  });

  it('stay where a command ended with the wrong code, and go where it did not end', async () => {
    await using server = await startQuiet();
    using ssh = sshUnderTest();
    const check = checkOf(server, { command: 'exit 3' });
    expect(await ssh.probe(check)).toMatchObject({ failure: 'command', reused: false });
    expect(await ssh.probe(check)).toMatchObject({ failure: 'command', reused: true });
    expect(await ssh.probe({ ...check, command: 'sleep 8' }, 500)).toMatchObject({ failure: 'timeout', reused: true });
    expect(await ssh.probe(check)).toMatchObject({ failure: 'command', reused: false });
  });

  it('stay open until a command that did not end has ended, so that it runs once at a time', async () => {
    await using server = await startQuiet();
    using ssh = sshUnderTest();
    const done = keys.file('done');
    const check = checkOf(server, { command: `test -e ${done} || sleep 1.5` });
    expect(await ssh.probe(check, 500)).toMatchObject({ failure: 'timeout' });
    writeFileSync(done, '');
    expect(await ssh.probe(check)).toMatchObject({
      failure: 'command',
      detail: 'the command of an earlier probe has not ended yet',
    });
    await expect.poll(async () => (await ssh.probe(check)).failure, { timeout: 5000 }).toBeUndefined();
    expect(linesOf(server).filter((line) => line.startsWith('Accepted'))).toHaveLength(2);
  });

  it('give each probe the same allowance of bytes', async () => {
    await using server = await startQuiet();
    using ssh = sshUnderTest();
    const check = checkOf(server, { command: 'head -c 3000000 /dev/zero' });
    for (let count = 0; count < 3; count++) expect(await ssh.probe(check)).toMatchObject({ failure: undefined });
    const flood = await ssh.probe({ ...check, command: 'cat /dev/zero' });
    expect(flood).toMatchObject({ failure: 'command', reused: true });
    expect(flood.detail).toContain('more than 4194304 bytes');
  });

  it('end with the source', async () => {
    await using server = await startQuiet();
    const ssh = sshUnderTest();
    await ssh.probe(checkOf(server));
    ssh[Symbol.dispose]();
    await waitUntil(() => /Disconnected from user/.test(server.output()), {
      timeoutMs: 5000,
      what: () => server.output(),
    });
    expect(await ssh.probe(checkOf(server))).toMatchObject({ reused: false, failure: undefined });
    expect(await ssh.probe(checkOf(server))).toMatchObject({ reused: false, failure: undefined });
  });

  it('serve a pattern as well as an exit code', async () => {
    await using server = await startQuiet();
    using ssh = sshUnderTest();
    const good = checkOf(server, { command: 'echo state: ok', expectOutput: compileSearch('state: (ok|busy)') });
    expect(await ssh.probe(good)).toMatchObject({ failure: undefined });
    expect(await ssh.probe({ ...good, command: 'echo state: secret-word' })).toMatchObject({
      failure: 'command',
      detail: 'the command did not print what is expected',
      reused: true,
    });
  });
});
