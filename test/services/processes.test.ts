import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { docker } from '../support/docker-cli.ts';
import { startDockerd } from '../support/dockerd.ts';
import { startAlertmanager, startProcess, startPrometheus, startSshd, temporaryFolder } from '../support/processes.ts';
import { needs } from '../support/services.ts';

const isRoot = process.getuid?.() === 0;

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

describe('startProcess', () => {
  const bash = (script: string) => ({ command: 'bash', args: ['-c', script], ready: { output: /ready/ } });

  it('waits until it is ready, and ends it', async () => {
    await using running = await startProcess(bash('echo starting; sleep 0.1; echo ready; exec sleep 60'));
    expect(running.output()).toBe('starting\nready\n');
    expect(await running.stop()).toBeNull();
    expect(isAlive(running.pid)).toBe(false);
  });

  it('gives the exit code of one that ends by itself', async () => {
    await using running = await startProcess(bash('echo ready; exit 3'));
    expect(await running.exited).toBe(3);
  });

  it('fails with the output of one that ends before it is ready', async () => {
    await expect(startProcess(bash('echo no config >&2; exit 1'))).rejects.toThrow(
      /ended before it was ready:\nno config/,
    );
  });

  it('ends one that does not get ready in time', async () => {
    await expect(startProcess({ ...bash('exec sleep 60'), timeoutMs: 200 })).rejects.toThrow('not ready within 200 ms');
  });

  it('fails where the command is none', async () => {
    await expect(startProcess({ command: '/no/such', ready: { port: 1 } })).rejects.toThrow('ENOENT');
  });
});

describe('temporaryFolder', () => {
  it('holds its files and is gone afterwards', () => {
    const folder = temporaryFolder({ 'rules/a.yml': 'groups: []' });
    expect(existsSync(`${folder.path}/rules/a.yml`)).toBe(true);
    folder[Symbol.dispose]();
    expect(existsSync(folder.path)).toBe(false);
  });
});

describe.skipIf(needs('prometheus'))('startPrometheus', () => {
  it('answers with the configuration and rules that it was given', async () => {
    const rules = 'groups: [{name: g, rules: [{record: one, expr: vector(1)}]}]';
    await using server = await startPrometheus({
      configText: 'rule_files: [rules.yml]',
      files: { 'rules.yml': rules },
    });
    const response = await fetch(`${server.url}/api/v1/rules`);
    expect(await response.json()).toMatchObject({ data: { groups: [{ name: 'g', rules: [{ query: 'vector(1)' }] }] } });
    await server[Symbol.asyncDispose]();
    expect([isAlive(server.pid), existsSync(server.folder)]).toEqual([false, false]);
  });
});

describe.skipIf(needs('alertmanager'))('startAlertmanager', () => {
  it('answers with the configuration that it was given', async () => {
    const configText = 'route: {receiver: nobody}\nreceivers: [{name: nobody}]\n';
    await using server = await startAlertmanager({ configText });
    const response = await fetch(`${server.url}/api/v2/receivers`);
    expect(await response.json()).toMatchObject([{ name: 'nobody' }]);
  });
});

describe.skipIf(needs('sshd'))('startSshd', () => {
  it('shows an SSH banner and knows its host key', async () => {
    await using sshd = await startSshd({ config: 'VersionAddendum here' });
    await expect(fetch(`http://${sshd.address}:${sshd.port}`)).rejects.toThrow();
    expect(sshd.hostKey).toMatch(/^ssh-ed25519 \S+ test$/);
    expect(sshd.fingerprint).toMatch(/^SHA256:\S{43}$/);
    await expect.poll(() => sshd.output()).toContain('127.0.0.1');
  });
});

describe.skipIf(needs('docker') || !isRoot)('startDockerd', () => {
  it("restarts with its containers, and leaves the shared engine's bridge alone", async () => {
    await using dockerd = await startDockerd();
    dockerd.importBusybox();
    const flags = ['--detach', '--network=none', '--restart=always', '--stop-timeout=1', '--name=kept'];
    const id = dockerd.docker('run', ...flags, 'busybox:stable', 'sleep', '600');
    await dockerd.restart();
    const list = () => dockerd.docker('ps', '--no-trunc', '--quiet');
    await expect.poll(list, { timeout: 10_000 }).toBe(id);
    expect(await docker('run', '--rm', 'busybox:stable', 'ip', 'route')).toContain('default via');
  });
});
