/**
 * What handles a registration token: the system's programs and libraries, and the runner's config.sh with what it calls.
 * What a job leaves elsewhere in its container cannot read the token.
 */
const program = /^\/(usr|bin|sbin|lib\w*|etc)\/|^\/home\/runner\/(config\.sh|env\.sh|bin)(\/|$)/;

/** Where Docker itself mounts the process that reaps others, with `init: true`. */
const ofDocker = /^(\/usr)?\/sbin\/docker-init$/;

/** The first of the changed paths that makes a container unfit for a registration token. */
export function changedProgram(changes: readonly string[]): string | undefined {
  // A directory is told for what is changed in it, which is told as well.
  const folders = new Set(changes.flatMap(foldersOf));
  return changes.find((path) => program.test(path) && !ofDocker.test(path) && !folders.has(path));
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1, -1).map((_, index) => parts.slice(0, index + 2).join('/'));
}
