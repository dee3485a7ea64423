import { join, resolve } from 'node:path';
import { formatListen, type ListenAddress } from '../lib/listen-address.ts';
import type { LoadPorts } from './ports.ts';

/** A default that the machine decided, and why. */
export interface Decision {
  readonly value: string;
  readonly because: string;
}

const systemDirectory = '/var/lib/runnerwatch';

/** Where data goes when `data_dir` is not written: what systemd gave, the system's place, or the user's own. */
export async function decideDataDir({ env, cwd, home, isWritable }: LoadPorts): Promise<Decision> {
  const [given = ''] = (env.STATE_DIRECTORY ?? '').split(':');
  if (given !== '') return { value: resolve(cwd, given), because: 'STATE_DIRECTORY is set' };
  if (await isWritable(systemDirectory)) return { value: systemDirectory, because: 'it is writable' };
  const state = env.XDG_STATE_HOME || join(home, '.local', 'state');
  return { value: join(state, 'runnerwatch'), because: `${systemDirectory} is not writable` };
}

const wildcards = ['0.0.0.0', '::'];

/** `<hostname>:<port>`, as Prometheus labels what it scrapes. */
export function instanceOf({ port }: ListenAddress, hostname: string): string {
  return `${hostname}:${port}`;
}

/** Where people find this instance: where it listens, and by the host's name where it listens everywhere. */
export function externalUrlOf(listen: ListenAddress, hostname: string): string {
  const host = wildcards.includes(listen.host) ? hostname : listen.host;
  return `http://${formatListen({ host, port: listen.port })}`;
}
