import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Namespace } from '../support/netns.ts';
import { startProcess } from '../support/spawn.ts';
import { root } from '../support/tree.ts';
import { inside } from './inside.ts';

export const port = 9478;
const startMs = 60_000;

/** One record of the audit log, as far as it is read here. */
export interface AuditRecord {
  readonly '@timestamp': string;
  readonly event: { readonly action: string; readonly outcome?: string; readonly sequence: number };
  readonly message: string;
  readonly labels?: Readonly<Record<string, string>>;
}

interface Place {
  readonly at: Namespace;
  readonly folder: string;
  /** Where it is reached from this machine. */
  readonly url: string;
}

/** Runnerwatch as a process of its own in the namespace, on a data directory that outlives it. */
export function runnerwatchIn({ at, folder, url }: Place) {
  let running: Awaited<ReturnType<typeof startProcess>> | undefined;
  let before = '';

  async function end(signal: NodeJS.Signals): Promise<void> {
    await running?.stop(signal);
    before += running?.output() ?? '';
    running = undefined;
  }
  return {
    url,
    configure(settings: Readonly<Record<string, unknown>>): void {
      writeFileSync(join(folder, 'runnerwatch.yml'), stringify(settings));
    },
    async start(): Promise<void> {
      const { command, prefix } = inside(at);
      const cli = [process.execPath, join(root, 'src/cli.ts'), 'start', '--config', 'runnerwatch.yml'];
      const env = { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/runnerwatch-compiled') };
      running = await startProcess({
        ...{ command, args: [...prefix, ...cli], cwd: folder, env, timeoutMs: startMs },
        ready: { url: `${url}/-/healthy` },
      });
    },
    /** kill -9. */
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    output: () => before + (running?.output() ?? ''),
    audit(): readonly AuditRecord[] {
      const logs = readdirSync(join(folder, 'data', 'audit')).filter((name) => name.endsWith('.jsonl'));
      const lines = logs
        .sort()
        .flatMap((name) => readFileSync(join(folder, 'data', 'audit', name), 'utf8').split('\n'));
      return lines.filter(Boolean).map((line) => JSON.parse(line) as AuditRecord);
    },
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  };
}

/** The machine's own procfs, but for the moment at which it was booted: a namespace cannot be rebooted for real. */
export function procfsBootedAt(folder: string, bootedAt: number | undefined): string {
  const path = join(folder, 'proc');
  mkdirSync(path, { recursive: true });
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name) && name !== '1') continue;
    if (name !== 'stat' && !readdirSync(path).includes(name)) symlinkSync(join('/proc', name), join(path, name));
  }
  const stat = readFileSync('/proc/stat', 'utf8');
  const booted = bootedAt === undefined ? stat : stat.replace(/^btime .*$/m, `btime ${Math.floor(bootedAt / 1000)}`);
  writeFileSync(join(path, 'stat'), booted);
  return path;
}
