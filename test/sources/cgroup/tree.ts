import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCgroupSource } from '../../../src/sources/cgroup/cgroup.ts';
import { FakeClock } from '../../support/fake-clock.ts';

export const id = '4db06bcc595b6b3fdda26856a71e6dec9f96958615259c7f98111b2d792bd10a';
export const pid = 4242;

const recorded = fileURLToPath(new URL('../../fixtures/cgroup/', import.meta.url));

/** Where one way of running Docker puts a container's group: what its process's cgroup file says, and the folders. */
export interface Layout {
  readonly cgroup: string;
  /** Fixture folder below `v1/<moment>` or `v2/<moment>` → folder below /sys/fs/cgroup. */
  readonly folders: Readonly<Record<string, string>>;
}

export type Moment = 'before' | 'after';

/** A host's /proc and /sys with one container in it, on disk. */
export async function createTree() {
  const root = await mkdtemp(join(tmpdir(), 'runnerwatch-cgroup-'));
  const procfs = join(root, 'proc');
  const cgroups = join(root, 'sys/fs/cgroup');
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  return {
    procfs,
    cgroups,
    write,
    source: createCgroupSource({ clock: new FakeClock(), procfs, sysfs: join(root, 'sys') }),
    async fill({ cgroup, folders }: Layout, version: 'v1' | 'v2', moment: Moment): Promise<void> {
      await write(join(procfs, String(pid), 'cgroup'), cgroup);
      await mkdir(join(procfs, String(pid), 'net'), { recursive: true });
      await cp(join(recorded, 'net-dev', moment), join(procfs, String(pid), 'net/dev'));
      for (const [from, to] of Object.entries(folders)) {
        await cp(join(recorded, version, moment, from), join(cgroups, to), { recursive: true });
      }
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

const controllers = ['cpu', 'cpuacct', 'memory', 'pids', 'blkio'] as const;

/** Each controller on its own, as most v1 systems mount them. */
export function v1Layout(path: string, others = ''): Layout {
  const lines = controllers.map((controller, index) => `${index + 2}:${controller}:${path}`);
  return {
    cgroup: `${lines.join('\n')}\n1:name=systemd:${path}\n${others}`,
    folders: Object.fromEntries(controllers.map((controller) => [controller, `${controller}${path}`])),
  };
}
