import type { KernelFiles } from './files.ts';

/** Where the files of one container's group are. */
export type Place =
  | { readonly version: 1; readonly folders: Readonly<Partial<Record<Controller, string>>> }
  | { readonly version: 2; readonly folder: string };

const controllers = ['cpuacct', 'cpu', 'memory', 'pids', 'blkio'] as const;
export type Controller = (typeof controllers)[number];

/** A line of /proc/<pid>/cgroup: the controllers, none for v2's one hierarchy, and the path of the container's group. */
interface Membership {
  readonly controllers: string;
  readonly path: string;
}

/**
 * The groups that a process is in, each up to the directory that carries the container's id: below it are groups
 * that the container made itself. Empty where no path has the id, which is a process of something else: the same
 * number means another process in another pid namespace.
 */
export function membershipsOf(text: string, id: string): readonly Membership[] {
  return text.split('\n').flatMap((line) => {
    const [, names, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (names === undefined || path === undefined) return [];
    const parts = path.split('/');
    const own = parts.findIndex((part) => part.includes(id));
    return own < 0 ? [] : [{ controllers: names, path: parts.slice(0, own + 1).join('/') }];
  });
}

/**
 * A reader in a cgroup namespace of its own sees others as `/../<id>`, from where it is itself, and cannot know where
 * that is: Docker's two drivers have one place each.
 */
const parents = ['', '/docker', '/system.slice'];

function pathsOf(path: string): readonly string[] {
  const below = path.replace(/^(\/\.\.)+/, '');
  return below === path ? [path] : parents.map((parent) => `${parent}${below}`);
}

/** `root` is where the host's /sys/fs/cgroup is. Undefined where none of the group's directories can be seen. */
export async function findPlace(
  files: KernelFiles,
  root: string,
  memberships: readonly Membership[],
): Promise<Place | undefined> {
  const first = async (folders: readonly string[]): Promise<string | undefined> => {
    for (const folder of folders) if ((await files.read(`${folder}/cgroup.procs`)) !== undefined) return folder;
    return undefined;
  };
  const folders: Partial<Record<Controller, string>> = {};
  for (const { controllers: names, path } of memberships) {
    for (const controller of controllers.filter((one) => names.split(',').includes(one))) {
      // `cpu` is most often a link to `cpu,cpuacct`, and sometimes there is only the latter.
      const mounts = [`${root}/${controller}`, `${root}/${names}`];
      const found = await first(mounts.flatMap((mount) => pathsOf(path).map((one) => mount + one)));
      if (found !== undefined) folders[controller] = found;
    }
  }
  if (Object.keys(folders).length > 0) return { version: 1, folders };
  const unified = memberships.find((membership) => membership.controllers === '');
  // systemd's hybrid layout has v2's tree below v1's.
  const candidates = [root, `${root}/unified`].flatMap((mount) =>
    pathsOf(unified?.path ?? '/').map((one) => mount + one),
  );
  const folder = unified && (await first(candidates));
  return folder === undefined ? undefined : { version: 2, folder };
}
