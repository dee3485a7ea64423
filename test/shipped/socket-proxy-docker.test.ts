import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createDockerSource } from '../../src/sources/docker/create.ts';
import type { DockerSource } from '../../src/sources/docker/docker-source.ts';
import { docker, tryDocker } from '../support/docker-cli.ts';
import { needs } from '../support/services.ts';
import { type SocketProxy, startSocketProxy } from './socket-proxy.ts';

const { signal } = new AbortController();

describe.skipIf(needs('docker') || needs('compose'))('docker-socket-proxy before a real Docker', () => {
  let proxy: SocketProxy;
  let source: DockerSource;
  let other: string;
  beforeAll(async () => {
    proxy = await startSocketProxy('/var/run/docker.sock');
    source = createDockerSource({ host: proxy.url, clock: systemClock, log: silentLog });
    other = `${proxy.runner}-not`;
    // Does not end when it is asked to.
    const command = ['sh', '-c', "trap '' TERM; exec sleep 600"];
    const sleeper = ['--network', 'none', 'busybox:stable', ...command];
    for (const name of [proxy.runner, other]) await docker('run', '--detach', '--name', name, ...sleeper);
  }, 120_000);
  afterAll(async () => {
    source.close();
    for (const name of [proxy.runner, other]) await tryDocker('rm', '--force', name);
    await proxy[Symbol.asyncDispose]();
  }, 60_000);

  async function found(name: string) {
    const container = (await source.list(signal)).find((listed) => listed.name === name);
    if (!container) throw new Error(`${name} is not in the list`);
    return container;
  }

  it('lets Runnerwatch see what runs', async () => {
    await source.ping(signal);
    const { id } = await found(other);
    expect(await source.inspect(id, signal)).toMatchObject({ name: other, state: { running: true } });
    expect((await source.stats(id, signal))?.cpu?.usageSeconds).toBeGreaterThanOrEqual(0);
    expect((await source.version(signal)).apiVersion).toMatch(/^1\.\d+$/);
    expect((await source.hostInfo(signal)).cpus).toBeGreaterThan(0);
  });

  /** The runner's events, until it was restarted. */
  async function follow(onEvent: (action: string) => void = () => undefined) {
    const stop = new AbortController();
    const { promise: connected, resolve: connect } = Promise.withResolvers<void>();
    const { promise: restarted, resolve: tell } = Promise.withResolvers<void>();
    const seen: string[] = [];
    const watching = source.watch(
      ({ name, action }) => {
        if (name !== proxy.runner) return;
        seen.push(action);
        onEvent(action);
        if (action === 'restart') tell();
      },
      (isConnected) => isConnected && connect(),
      stop.signal,
    );
    await connected;
    return async () => {
      await restarted;
      stop.abort();
      await watching;
      return seen;
    };
  }

  it('lets it look into a runner and restart it, and tells of that', async () => {
    const restarted = await follow();
    expect(await source.top(proxy.runner, signal)).toContain('sleep 600');
    expect(await source.changes(proxy.runner, signal)).toEqual([]);
    await source.restart(proxy.runner, 1, signal);
    expect(await restarted()).toEqual(expect.arrayContaining(['die', 'start', 'restart']));
  });

  it('lets it remove what jobs left, and only what is old', async () => {
    const job = `${proxy.runner}-job`;
    const label = `runnerwatch.job-of=${proxy.runner}`;
    await docker('run', '--name', job, '--label', label, '--network', 'none', 'busybox:stable', 'true');
    expect(await source.prune({ what: 'job-containers', runner: proxy.runner, hours: 1 }, signal)).toBe(0);
    expect(await found(job)).toMatchObject({ state: 'exited' });
    await docker('rm', job);
    await expect(source.prune({ what: 'images', hours: 1 }, signal)).rejects.toThrow('with 403');
  });

  it('leaves no restart half done where the one who asked goes', async () => {
    const stop = new AbortController();
    const restarted = await follow((action) => action === 'kill' && stop.abort());
    await expect(source.restart(proxy.runner, 8, stop.signal)).rejects.toThrow();
    expect(await restarted()).toEqual(expect.arrayContaining(['die', 'start', 'restart']));
    expect(await found(proxy.runner)).toMatchObject({ state: 'running' });
  });

  it('keeps it from every other container, by name and by id', async () => {
    const { id } = await found(other);
    const before = (await source.inspect(id, signal))?.state.startedAt;
    const { id: runnerId } = await found(proxy.runner);
    for (const name of [other, id, runnerId]) {
      const refused = `Docker refused /containers/${name}/restart with 403`;
      await expect(source.restart(name, 1, signal)).rejects.toThrow(refused);
    }
    await expect(source.top(other, signal)).rejects.toThrow('with 403');
    await expect(source.changes(other, signal)).rejects.toThrow('with 403');
    expect((await source.inspect(id, signal))?.state.startedAt).toBe(before);
  });

  it('lets nobody make a container, a process in one, or an end of one', async () => {
    const host = ['--host', proxy.url];
    const tries = [
      [...host, 'run', '--rm', '-v', '/:/host', 'busybox:stable', 'true'],
      [...host, 'exec', proxy.runner, 'true'],
      [...host, 'kill', proxy.runner],
      [...host, 'rm', '--force', proxy.runner],
      [...host, 'cp', `${proxy.runner}:/etc/passwd`, '-'],
      [...host, 'logs', proxy.runner],
    ];
    for (const args of tries) {
      const { code, output } = await tryDocker(...args);
      expect([args.join(' '), code !== 0, /403|Forbidden/i.test(output)]).toEqual([args.join(' '), true, true]);
    }
    expect(await found(proxy.runner)).toMatchObject({ state: 'running' });
  });
});
