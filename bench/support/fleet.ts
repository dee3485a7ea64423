import { mapBounded } from '../../src/lib/loop.ts';
import { docker, tryDocker } from '../../test/support/docker-cli.ts';

const atOnce = 4;

/** So many idle containers, each with a label and a network, as a host has them. */
export async function startFleet(count: number): Promise<AsyncDisposable> {
  const names = Array.from({ length: count }, (_, index) => `runnerwatch-bench-${process.pid}-${index}`);
  const remove = async (): Promise<void> => {
    for (let from = 0; from < names.length; from += 50) {
      await tryDocker('rm', '--force', ...names.slice(from, from + 50));
    }
  };
  try {
    await mapBounded(names, atOnce, (name) =>
      docker('run', '--detach', '--name', name, '--stop-timeout', '0', 'busybox:stable', 'sleep', '3600'),
    );
  } catch (error) {
    await remove();
    throw error;
  }
  return { [Symbol.asyncDispose]: remove };
}
