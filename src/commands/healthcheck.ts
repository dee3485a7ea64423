import { reasonOf } from '../lib/log.ts';
import type { CommandIo, ExitCode } from './command.ts';
import { askInstance } from './instance.ts';

/** Whether the instance answers; for the container's health check. */
export async function healthcheck(io: CommandIo, url: string | undefined): Promise<ExitCode> {
  try {
    const { status } = await askInstance(io, url, '/-/healthy');
    if (status === 200) {
      io.out('healthy');
      return 0;
    }
    io.err(`unhealthy: /-/healthy answered with status ${status}`);
  } catch (error) {
    io.err(`unhealthy: ${reasonOf(error)}`);
  }
  return 1;
}
