import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCgroupSource } from '../../../src/sources/cgroup/cgroup.ts';
import { FakeClock } from '../../support/fake-clock.ts';

export const id = '4db06bcc595b6b3fdda26856a71e6dec9f96958615259c7f98111b2d792bd10a';
export const pid = 4242;

const fixtures = fileURLToPath(new URL('../../fixtures/cgroup/', import.meta.url));

/** Where one way of running Docker puts a container's group: what its process's cgroup file says, and the folders. */
export interface Layout {
  readonly cgroup: string;
  /** Fixture folder below `<tree>/<moment>` → folder below /sys/fs/cgroup. */
  readonly folders: Readonly<Record<string, string>>;
}

/** `v2-recorded` is what a real kernel wrote (record-v2.sh); the others are made by hand, for what it did not show. */
type TreeName = 'v1' | 'v2' | 'v2-recorded';

export type Moment = 'before' | 'after' | 'oom';

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
    async fill({ cgroup, folders }: Layout, name: TreeName, moment: Moment): Promise<void> {
      await write(join(procfs, String(pid), 'cgroup'), cgroup);
      await mkdir(join(procfs, String(pid), 'net'), { recursive: true });
      await cp(
        join(fixtures, 'net-dev', moment === 'before' ? 'before' : 'after'),
        join(procfs, String(pid), 'net/dev'),
      );
      for (const [from, to] of Object.entries(folders)) {
        await cp(join(fixtures, name, moment, from), join(cgroups, to), { recursive: true });
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
