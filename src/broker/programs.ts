/**
 * Whether a path is of what handles a registration token: the system's programs and libraries, and the runner's
 * config.sh with what it calls. What a job leaves elsewhere in its container cannot read the token.
 */
function isProgram(path: string): boolean {
  return /^\/(usr|bin|sbin|lib\w*|etc)\/|^\/home\/runner\/(config\.sh|env\.sh|bin)(\/|$)/.test(path);
}

/** The first of the changed paths that makes a container unfit for a registration token. */
export function changedProgram(changes: readonly string[]): string | undefined {
  return changes.find(isProgram);
}
