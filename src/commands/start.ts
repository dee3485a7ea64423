import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { ReloadResult } from '../http/ports.ts';
import { createLog, type Log, reasonOf } from '../lib/log.ts';
import { ProblemsError } from '../lib/problem.ts';
import type { CommandIo, ExitCode } from './command.ts';
import type { ProcessPort } from './process.ts';

/** What `start` asks of a server, however it is made. */
interface RunningServer extends AsyncDisposable {
  readonly url: string;
  reload(): Promise<ReloadResult>;
  /** Settles when the server ends by itself; rejects with why. */
  readonly ended: Promise<void>;
}

export type CreateServer = (options: {
  readonly load: () => Promise<LoadedConfig>;
  readonly log: Log;
}) => Promise<RunningServer>;

interface StartOptions {
  readonly file: string | undefined;
  readonly process: ProcessPort;
  readonly createServer: CreateServer;
  /** Where log lines go; by default the standard output. */
  readonly logTo?: { write(line: string): void };
}

/**
 * Runs until SIGTERM or SIGINT (a second one ends at once); SIGHUP loads the configuration anew. A configuration that
 * is bad at the start is told on the error output; a bad one later is logged, and the earlier one stays in force.
 */
export async function start(io: CommandIo, { file, process, createServer, logTo }: StartOptions): Promise<ExitCode> {
  const stopped = stopOnSignal(process);
  try {
    const first = await loadConfig(io.ports, file);
    const log = createLog({ ...first.config.log, terminal: process.terminal }, logTo);
    process.onFault((error) => {
      log.error({ reason: reasonOf(error) }, 'unhandled error');
      process.exit(1);
    });
    report(first, log);
    await using server = await createServer({ load: loaderOf(io, file, log, first), log });
    process.onSignal(['SIGHUP'], () => void reload(server, log));
    log.info({ url: server.url }, 'listening');
    await Promise.race([stopped, server.ended]);
    log.info('stopping');
    return 0;
  } catch (error) {
    io.err(error instanceof ProblemsError ? error.message : reasonOf(error));
    return 1;
  }
}

/** The exit code that a shell gives a process that a signal ended. */
const endedBySignal = { SIGINT: 130, SIGTERM: 143 } as const;

function stopOnSignal(process: ProcessPort): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isStopping = false;
  process.onSignal(['SIGTERM', 'SIGINT'], (signal) => {
    if (isStopping) process.exit(signal === 'SIGINT' ? endedBySignal.SIGINT : endedBySignal.SIGTERM);
    isStopping = true;
    resolve();
  });
  return promise;
}

/** The server loads through this; its first load is the one that the log was made from. */
function loaderOf(io: CommandIo, file: string | undefined, log: ReturnType<typeof createLog>, first: LoadedConfig) {
  let ready: LoadedConfig | undefined = first;
  return async (): Promise<LoadedConfig> => {
    if (ready) {
      const loaded = ready;
      ready = undefined;
      return loaded;
    }
    const loaded = await loadConfig(io.ports, file);
    log.level = loaded.config.log.level;
    report(loaded, log);
    return loaded;
  };
}

function report({ sources, warnings, notes }: LoadedConfig, log: Log): void {
  log.info({ sources }, 'configuration loaded');
  for (const warning of warnings) log.warn({ warning }, 'configuration warning');
  for (const note of notes) log.info({ note }, 'configuration note');
}

async function reload(server: RunningServer, log: Log): Promise<void> {
  const result = await server.reload();
  if (result.ok) log.info('reloaded');
  else log.error({ problems: result.problems }, 'reload refused, the earlier configuration stays');
}
