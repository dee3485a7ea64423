import type { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { dataOf, refused } from './answer.ts';
import { connectDocker, type DockerConnection } from './connection.ts';
import { DiskUsage, SizedContainers } from './disk-use.ts';
import type { DockerSource } from './docker-source.ts';
import { ContainerChanges, ContainerInspect, ContainerList, ContainerTop, Info, Version } from './parse.ts';
import { pruneBy } from './prune.ts';
import { StatsAnswer } from './stats.ts';
import { watchEvents } from './watch.ts';

const readTimeoutMs = 5000;
/** For what Docker has to walk the disk for; the caller's own deadline comes first. */
const walkTimeoutMs = 600_000;
/** Beyond the grace period: the daemon then kills, waits for the end, and starts. */
const restartMarginMs = 30_000;

/** Throws at once where the host is not an address; connects only when something is asked. */
export function createDockerSource({
  host,
  clock,
  log,
}: {
  readonly host: string;
  readonly clock: Clock;
  readonly log: Log;
}): DockerSource {
  const connection = connectDocker(host, clock);
  const ask = asker(connection);
  const askContainer = containerAsker(connection);
  return {
    host,
    available: connection.available,
    list: (signal) => ask('/containers/json', ContainerList, signal, { all: 'true' }),
    inspect: (id, signal) => askContainer(id, 'json', ContainerInspect, signal),
    stats: (id, signal) => askContainer(id, 'stats', StatsAnswer, signal, { stream: 'false', 'one-shot': 'true' }),
    changes: (name, signal) => askContainer(name, 'changes', ContainerChanges, signal, undefined, walkTimeoutMs),
    top: (name, signal) => processesOf(connection, name, signal),
    start: (name, signal) => start(connection, name, signal),
    restart: (name, graceSeconds, signal) => end(connection, 'restart', name, graceSeconds, signal),
    stop: (name, graceSeconds, signal) => end(connection, 'stop', name, graceSeconds, signal),
    prune: (prune, signal) => pruneBy(connection, prune, signal),
    ping: async (signal) => {
      const path = '/_ping';
      const answer = await connection.call({ path, timeoutMs: readTimeoutMs, signal });
      if (answer.status !== 200) throw refused(answer, path);
    },
    version: (signal) => ask('/version', Version, signal),
    hostInfo: (signal) => ask('/info', Info, signal),
    diskUse: (signal) => ask('/system/df', DiskUsage, signal, undefined, walkTimeoutMs),
    sizes: (signal) => ask('/containers/json', SizedContainers, signal, { all: 'true', size: 'true' }, walkTimeoutMs),
    watch: (onEvent, onConnection, signal) =>
      watchEvents({ connection, clock, log }, { onEvent, onConnection, signal }),
    close: connection.close,
  };
}

type Query = Readonly<Record<string, string>>;

function asker(connection: DockerConnection) {
  return async <S extends z.ZodType>(
    path: string,
    schema: S,
    signal: AbortSignal,
    query?: Query,
    timeoutMs = readTimeoutMs,
  ) => dataOf(await connection.call({ path, ...(query && { query }), timeoutMs, signal }), schema, path);
}

/** Asks about one container, by its id or name; undefined where it is gone. */
function containerAsker(connection: DockerConnection) {
  return async <S extends z.ZodType>(
    id: string,
    part: string,
    schema: S,
    signal: AbortSignal,
    query?: Query,
    timeoutMs = readTimeoutMs,
  ) => {
    const path = containerPath(id, part);
    const answer = await connection.call({ path, ...(query && { query }), timeoutMs, signal });
    return answer.status === 404 ? undefined : dataOf(answer, schema, path);
  };
}

function containerPath(id: string, part: string): string {
  return `/containers/${encodeURIComponent(id)}/${part}`;
}

async function processesOf(
  connection: DockerConnection,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const path = containerPath(name, 'top');
  // Docker wants the PID among the columns; the last column takes the rest of the line.
  const query = { ps_args: '-eo pid,args' };
  const answer = await connection.call({ path, query, timeoutMs: readTimeoutMs, signal });
  if (answer.status === 404) return undefined;
  // 409: it does not run, or it is restarting just now.
  return answer.status === 409 ? [] : dataOf(answer, ContainerTop, path);
}

async function start(connection: DockerConnection, name: string, signal: AbortSignal): Promise<void> {
  const path = containerPath(name, 'start');
  const answer = await connection.call({ method: 'POST', path, timeoutMs: restartMarginMs, signal });
  if (answer.status === 404) throw new Error(`container ${name} is gone`);
  // 304: it runs already.
  if (answer.status !== 204 && answer.status !== 304) throw refused(answer, path);
}

async function end(
  connection: DockerConnection,
  how: 'stop' | 'restart',
  name: string,
  graceSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  const path = containerPath(name, how);
  const timeoutMs = graceSeconds * 1000 + restartMarginMs;
  const answer = await connection.call({ method: 'POST', path, query: { t: graceSeconds }, timeoutMs, signal });
  if (answer.status === 404) throw new Error(`container ${name} is gone`);
  // 304: it does not run.
  const isDone = answer.status === 204 || (how === 'stop' && answer.status === 304);
  if (!isDone) throw refused(answer, path);
}
