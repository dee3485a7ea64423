import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { ContainerStats } from '../../../src/model/container.ts';
import { createCgroupSource } from '../../../src/sources/cgroup/cgroup.ts';
import { createDockerSource } from '../../../src/sources/docker/create.ts';
import { docker, runContainer, type TestContainer, tryDocker } from '../../support/docker-cli.ts';
import { needs } from '../../support/services.ts';
import { waitUntil } from '../../support/wait.ts';

const { signal } = new AbortController();
const MiB = 2 ** 20;
const image = 'busybox:stable';

type Both = Readonly<Record<'cgroup' | 'docker', ContainerStats>>;

/** Loads whose truth is known, on the real engine, through the kernel's files and through Docker. */
describe.skipIf(needs('docker'))('a real container', () => {
  const engine = createDockerSource({ host: 'unix:///var/run/docker.sock', clock: systemClock, log: silentLog });
  const kernel = createCgroupSource({ clock: systemClock, procfs: '/proc', sysfs: '/sys' });
  afterAll(() => engine.close());

  async function detailsOf({ name }: TestContainer) {
    const details = await engine.inspect(name, signal);
    if (!details) throw new Error(`${name} is gone`);
    return details;
  }

  async function measure(container: TestContainer): Promise<Both> {
    const { id, state } = await detailsOf(container);
    const [cgroup, told] = await Promise.all([kernel.stats({ id, pid: state.pid }, signal), engine.stats(id, signal)]);
    if (!cgroup || !told) throw new Error(`${container.name} could not be measured both ways`);
    return { cgroup, docker: told };
  }

  /** What was used between two readings, by each way. */
  function grown(before: Both, after: Both, of: (stats: ContainerStats) => number | undefined): readonly number[] {
    return (['cgroup', 'docker'] as const).map(
      (way) => (of(after[way]) ?? Number.NaN) - (of(before[way]) ?? Number.NaN),
    );
  }

  /** The scheduler's own account of the one process, in nanoseconds, from /proc/<pid>/schedstat. */
  async function secondsRun(pid: number): Promise<number> {
    return Number((await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ')[0]) / 1e9;
  }

  function expectWithin(values: readonly number[], truth: number): void {
    for (const value of values) {
      expect(value / truth).toBeGreaterThan(0.97);
      expect(value / truth).toBeLessThan(1.03);
    }
  }

  it('in a busy loop at half a core is measured as half a core', async () => {
    await using container = await runContainer(
      '--cpus=0.5',
      '--network=none',
      image,
      'sh',
      '-c',
      'while :; do :; done',
    );
    const { pid } = (await detailsOf(container)).state;
    await delay(500);
    const start = performance.now();
    const [ranBefore, before] = [await secondsRun(pid), await measure(container)];
    await delay(8_000);
    const [ranAfter, after] = [await secondsRun(pid), await measure(container)];
    const seconds = (performance.now() - start) / 1000;
    // Half a core where the machine has it to give; other tests may take from it, and then this knows how much.
    const truth = ranAfter - ranBefore;
    expect(truth).toBeLessThan(seconds * 0.5 * 1.03);
    expectWithin(
      grown(before, after, ({ cpu }) => cpu?.usageSeconds),
      truth,
    );
    expectWithin(
      grown(before, after, ({ cpu }) => (cpu ? cpu.userSeconds + cpu.systemSeconds : undefined)),
      truth,
    );
    // Ten periods a second; a loop that others keep from its half is held back in few of them, and both say the same.
    const [own = 0, told = 0] = grown(before, after, ({ throttling }) => throttling?.throttledPeriods);
    expect(own).toBeGreaterThan(0);
    expect(Math.abs(own - told)).toBeLessThanOrEqual(5);
  }, 30_000);

  it('that takes 64 MiB is measured with 64 MiB more', async () => {
    // dd fills its buffer, and then waits for ever for somebody to read it.
    const script = 'until test -e /go; do sleep 0.1; done; dd if=/dev/zero bs=67108864 count=1 | sleep 300';
    await using container = await runContainer('--network=none', '--memory=256m', image, 'sh', '-c', script);
    await delay(300);
    const before = await measure(container);
    await container.exec('touch', '/go');
    let after = before;
    await waitUntil(
      async () => {
        after = await measure(container);
        return (after.cgroup.memory?.rssBytes ?? 0) > 60 * MiB && (await isStill(container, after));
      },
      { timeoutMs: 10_000, what: () => `resident: ${after.cgroup.memory?.rssBytes}` },
    );
    expectWithin(
      grown(before, after, ({ memory }) => memory?.rssBytes),
      64 * MiB,
    );
    expectWithin(
      grown(before, after, ({ memory }) => memory?.workingSetBytes),
      64 * MiB,
    );
  }, 30_000);

  async function isStill(container: TestContainer, seen: Both): Promise<boolean> {
    await delay(200);
    return (await measure(container)).cgroup.memory?.rssBytes === seen.cgroup.memory?.rssBytes;
  }

  it('that receives 32 MiB from another is measured with 32 MiB more, and the other with as many sent', async () => {
    const network = `runnerwatch-test-${randomBytes(4).toString('hex')}`;
    await docker('network', 'create', network);
    try {
      // Large writes: small ones would carry more headers than the 3 % allow.
      const serve = 'mkdir /www; dd if=/dev/zero of=/www/file bs=1048576 count=32; httpd -f -p 9000 -h /www';
      await using sender = await runContainer(`--network=${network}`, image, 'sh', '-c', serve);
      await using receiver = await runContainer(`--network=${network}`, image, 'sleep', '300');
      await waitUntil(async () => (await sender.exec('sh', '-c', 'netstat -ltn | grep -q :9000')).code === 0, {
        timeoutMs: 10_000,
        what: () => 'nothing listens in the sender',
      });
      const before = [await measure(receiver), await measure(sender)] as const;
      const fetched = await receiver.exec('wget', '-O', '/dev/null', `http://${sender.name}:9000/file`);
      expect(fetched.code).toBe(0);
      const after = [await measure(receiver), await measure(sender)] as const;
      expectWithin(
        grown(before[0], after[0], ({ networks }) => networks[0]?.receive.bytes),
        32 * MiB,
      );
      expectWithin(
        grown(before[1], after[1], ({ networks }) => networks[0]?.transmit.bytes),
        32 * MiB,
      );
      expect(after[0].cgroup.networks.map(({ interface: name }) => name)).toEqual(['eth0']);
    } finally {
      await tryDocker('network', 'rm', network);
    }
  }, 30_000);

  it('that outgrows its memory counts each kill while it lives, and ends with 137 when it is killed itself', async () => {
    const limits = ['--network=none', '--memory=24m', '--memory-swap=24m'];
    const events: string[] = [];
    const watching = new AbortController();
    const watched = engine.watch(
      ({ action, name }) => events.push(`${name} ${action}`),
      () => undefined,
      watching.signal,
    );
    await using parent = await runContainer(...limits, image, 'sh', '-c', 'tail /dev/zero; sleep 300');
    await using victim = await runContainer(...limits, image, 'tail', '/dev/zero');
    expect(await victim.wait()).toBe(137);
    expect((await detailsOf(victim)).state).toMatchObject({ exitCode: 137, oomKilled: true, running: false });
    let seen: Both | undefined;
    await waitUntil(
      async () => {
        seen = await measure(parent);
        return seen.cgroup.memory?.oomKills === 1;
      },
      { timeoutMs: 10_000, what: () => `kills: ${seen?.cgroup.memory?.oomKills}` },
    );
    expect(seen?.cgroup.memory?.limitHits).toBe(seen?.docker.memory?.limitHits);
    const oom = (name: string): number => events.filter((event) => event === `${name} oom`).length;
    await waitUntil(() => oom(victim.name) === 1 && oom(parent.name) === 1, {
      timeoutMs: 5_000,
      what: () => events.join(', '),
    });
    watching.abort();
    await watched;
  }, 30_000);

  it('that rests is measured alike, value by value, by both ways', async () => {
    const limits = ['--memory=64m', '--cpus=1', '--pids-limit=50'];
    await using container = await runContainer(
      ...limits,
      image,
      'sh',
      '-c',
      'dd if=/dev/zero of=/file bs=65536 count=64; sync; sleep 300',
    );
    await delay(1_000);
    const { cgroup, docker: told } = await measure(container);
    const { processes, memory } = cgroup;
    expect(processes).toBe(1);
    expect(memory?.oomKills).toBe(0);
    // What Docker does not tell is not compared.
    const known = Object.fromEntries(Object.entries(told.memory ?? {}).filter(([, value]) => value !== undefined));
    expect(memory).toMatchObject(known);
    expect({ ...cgroup, memory: told.memory, processes: undefined, pressure: undefined }).toEqual(told);
  }, 30_000);
});
