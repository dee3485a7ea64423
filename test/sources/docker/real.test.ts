import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { ContainerEvent } from '../../../src/model/container.ts';
import { createDockerSource } from '../../../src/sources/docker/create.ts';
import type { DockerSource } from '../../../src/sources/docker/docker-source.ts';
import { startDockerd } from '../../support/dockerd.ts';
import { binary, needs } from '../../support/services.ts';

const name = `runnerwatch-test-${randomUUID().slice(0, 8)}`;
const { signal } = new AbortController();

function docker(...args: readonly string[]): string {
  return execFileSync(binary('docker'), args, { encoding: 'utf8', timeout: 60_000 }).trim();
}

/** A container without network whose health check follows a file. */
function runArguments(container: string): readonly string[] {
  const health = 'cat /tmp/facts; test ! -e /tmp/bad';
  const options = ['--network=none', '--label=runnerwatch.runner=builder-1', '--memory=64m', '--cpus=0.5'];
  const checks = [`--health-cmd=${health}`, '--health-interval=300ms', '--health-retries=1', '--health-timeout=5s'];
  const command = 'echo listener=1 worker=0 > /tmp/facts; trap exit TERM; while :; do sleep 0.1; done';
  return ['run', '--detach', `--name=${container}`, ...options, ...checks, 'busybox:stable', 'sh', '-c', command];
}

async function collectEvents(source: DockerSource, container: string) {
  const stop = new AbortController();
  const events: ContainerEvent[] = [];
  const connections: boolean[] = [];
  const ended = source.watch(
    (event) => event.name === container && events.push(event),
    (connected) => connections.push(connected),
    stop.signal,
  );
  await until(() => connections.length > 0);
  return {
    events,
    connections,
    actions: () => events.map(({ action }) => action),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { timeout: 15_000, interval: 20 }).toBe(true);
}

describe.skipIf(needs('docker'))('a real Docker', () => {
  const source = createDockerSource({ host: 'unix:///var/run/docker.sock', clock: systemClock, log: silentLog });
  let id = '';

  beforeAll(() => {
    id = docker(...runArguments(name));
  });
  afterAll(() => {
    docker('rm', '--force', name);
    source.close();
  });

  it('tells of itself', async () => {
    expect(source.available()).toBeUndefined();
    await source.ping(signal);
    const [version, info] = [await source.version(signal), await source.hostInfo(signal)];
    expect(info.serverVersion).toBe(version.version);
    expect(info.cpus).toBeGreaterThan(0);
    expect(info.memoryBytes).toBeGreaterThan(2 ** 28);
    expect(['1', '2']).toContain(info.cgroupVersion);
  });

  it('lists, inspects and measures a container', async () => {
    const listed = (await source.list(signal)).find((container) => container.id === id);
    expect(listed).toMatchObject({ name, image: 'busybox:stable', state: 'running' });
    const details = await source.inspect(id, signal);
    expect(details).toMatchObject({
      name,
      runner: 'builder-1',
      memoryLimitBytes: 64 * 2 ** 20,
      cpuQuota: 50_000,
      state: { status: 'running', running: true },
    });
    const stats = await source.stats(id, signal);
    expect(stats?.cpu?.usageSeconds).toBeGreaterThan(0);
    expect(stats?.memory?.usageBytes).toBeGreaterThan(0);
    expect(stats?.memory?.workingSetBytes).toBeLessThanOrEqual(stats?.memory?.usageBytes ?? 0);
    expect(await source.top(id, signal)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^sh -c echo listener/)]),
    );
  });

  it('tells what a container changed of its image', async () => {
    docker('exec', name, 'sh', '-c', 'echo x >/tmp/new && echo x >>/etc/passwd');
    expect(await source.changes(id, signal)).toEqual(expect.arrayContaining(['/tmp/new', '/etc/passwd']));
  });

  it('tells of a failing health check within its event stream, and of the restart that mends it', async () => {
    await using watch = await collectEvents(source, name);
    docker('exec', name, 'touch', '/tmp/bad');
    await until(() => watch.events.some(({ health }) => health === 'unhealthy'));
    expect(watch.events.at(-1)?.labels).toMatchObject({ 'runnerwatch.runner': 'builder-1' });
    const sick = await source.inspect(id, signal);
    expect(sick?.health).toMatchObject({ status: 'unhealthy', lastOutput: 'listener=1 worker=0\n' });
    expect(sick?.health?.failingStreak).toBeGreaterThan(0);
    await source.restart(id, 5, signal);
    docker('exec', name, 'rm', '-f', '/tmp/bad');
    await until(() => watch.events.some(({ health }) => health === 'healthy'));
    expect(watch.actions()).toEqual(expect.arrayContaining(['die', 'start', 'restart', 'health_status']));
    // Of a health check, its end alone.
    expect(new Set(watch.actions().filter((action) => action.startsWith('exec')))).toEqual(new Set(['exec_die']));
  });

  it('forgets a container that is removed', async () => {
    const gone = docker('create', '--network=none', `--name=${name}-gone`, 'busybox:stable', 'true');
    expect(await source.stats(gone, signal)).toBeUndefined();
    expect(await source.top(gone, signal)).toEqual([]);
    docker('rm', gone);
    expect(await source.inspect(gone, signal)).toBeUndefined();
    expect(await source.stats(gone, signal)).toBeUndefined();
  });
});

describe.skipIf(needs('docker') || process.getuid?.() !== 0)('a Docker daemon that restarts', () => {
  it('loses no event', async () => {
    await using daemon = await startDockerd();
    daemon.importBusybox();
    const source = createDockerSource({ host: `unix://${daemon.socket}`, clock: systemClock, log: silentLog });
    await using watch = await collectEvents(source, name);
    daemon.docker(...runArguments(name));
    await until(() => watch.actions().includes('start'));
    await daemon.stop();
    await until(() => watch.connections.length === 2);
    const before = watch.events.length;
    await daemon.start();
    // Most likely before the watcher is back: it has to be made up for.
    daemon.docker('rm', '--force', name);
    await until(() => watch.actions().slice(before).includes('destroy'));
    daemon.docker(...runArguments(name));
    await until(() => watch.events.some(({ health }) => health === 'healthy'));
    daemon.docker('rm', '--force', name);
    await until(() => watch.actions().at(-1) === 'destroy');
    expect(watch.connections).toEqual([true, false, true]);
    expect(new Set(watch.events.map(({ at, action }) => `${at} ${action}`)).size).toBe(watch.events.length);
    source.close();
  }, 60_000);
});
