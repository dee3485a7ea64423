/**
 * What handles a registration token: the system's programs and libraries, and the runner's config.sh with what it calls.
 * What a job leaves elsewhere in its container cannot read the token.
 */
const program = /^\/(usr|bin|sbin|lib\w*|etc)\/|^\/home\/runner\/(config\.sh|env\.sh|bin)(\/|$)/;

/** Where Docker itself mounts the process that reaps others, with `init: true`. */
const ofDocker = /^(\/usr)?\/sbin\/docker-init$/;

/** What the runner and its entrypoint write themselves, and where everybody may write. */
const ofRunner =
  /^\/(tmp|var\/tmp|run|dev)(\/|$)|^\/home\/runner\/(_diag|_work|\.runnerwatch|\.(runner|credentials|path|env)\w*)(\/|$)/;

/**
 * How many of the changed paths are left in its container by a job, or by somebody else, for those that come after it.
 * Docker itself makes a place for each mount.
 */
export function countLeftovers(
  changes: readonly string[],
  mounts: readonly { readonly destination: string }[],
): number {
  const places = mounts.flatMap(({ destination }) => [destination, ...foldersOf(destination)]);
  const isMade = (path: string): boolean => ofDocker.test(path) || places.includes(path);
  return withoutFolders(changes).filter((path) => !ofRunner.test(path) && !isMade(path)).length;
}

/** The first of the changed paths that makes a container unfit for a registration token. */
export function changedProgram(changes: readonly string[]): string | undefined {
  return withoutFolders(changes).find((path) => program.test(path) && !ofDocker.test(path));
}

/** A directory is told for what is changed in it, which is told as well. */
function withoutFolders(changes: readonly string[]): readonly string[] {
  const folders = new Set(changes.flatMap(foldersOf));
  return changes.filter((path) => !folders.has(path));
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1, -1).map((_, index) => parts.slice(0, index + 2).join('/'));
}
