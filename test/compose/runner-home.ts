import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../support/processes.ts';
import { root } from '../support/tree.ts';

/** Notes how it was called, and registers as the real one does: by its files. */
const configScript = `#!/usr/bin/env bash
printf '%s\\n' "$*" >>config.calls
printf '%s\\n' "\${ACTIONS_RUNNER_INPUT_TOKEN:-none}" >>config.tokens
printf '%s\\n' "$HOME" >>config.homes
if [[ $1 == remove ]]; then rm -f .runner .credentials; else touch .runner .credentials; fi
exit "\${FAKE_CONFIG_CODE:-0}"
`;

/** Runs until a signal or until somebody writes the code to end with. */
const runScript = `#!/usr/bin/env bash
env >run.env
trap 'echo TERM >>run.signals; exit 0' TERM
echo 'listening'
until [[ -e run.end ]]; do sleep 0.05; done
exit "$(<run.end)"
`;

/** A runner's home with fake scripts, and a fake /proc in which the test says what runs. */
export function runnerHome() {
  const folder = temporaryFolder();
  const home = join(folder.path, 'home');
  const proc = join(folder.path, 'proc');
  const state = join(home, '.runnerwatch');
  for (const path of [home, proc, join(home, '_diag'), state]) mkdirSync(path);
  writeFileSync(join(home, 'config.sh'), configScript, { mode: 0o755 });
  writeFileSync(join(home, 'run.sh'), runScript, { mode: 0o755 });
  const read = (name: string): string => (existsSync(join(home, name)) ? readFileSync(join(home, name), 'utf8') : '');
  return {
    home,
    state,
    env: { RUNNER_HOME: home, RUNNER_PROC: proc, RUNNER_RETRY_SECONDS: '0' },
    read,
    lines: (name: string) => read(name).split('\n').filter(Boolean),
    write: (name: string, text: string) => writeFileSync(join(home, name), text),
    /** A process by its command line; no arguments at all is a zombie. */
    start(pid: number, ...argv: readonly string[]): void {
      mkdirSync(join(proc, String(pid)), { recursive: true });
      writeFileSync(join(proc, String(pid), 'cmdline'), argv.map((argument) => `${argument}\0`).join(''));
    },
    end: (pid: number) => rmSync(join(proc, String(pid)), { recursive: true }),
    [Symbol.dispose]: folder[Symbol.dispose],
  };
}

/** The path of a shipped script. */
export function shipped(name: string): string {
  return join(root, 'compose', name);
}
