import { imageTag } from '../support/services.ts';
import { emptyDocker, startDocker } from './host.ts';
import { startInternet } from './internet.ts';

/** A machine with Docker and the runners' image, for one world after the other. */
export async function startMachine() {
  await using stack = new AsyncDisposableStack();
  const internet = stack.use(await startInternet());
  const docker = stack.use(await startDocker(internet.here));
  await docker.load(imageTag('RUNNER_STANDIN_IMAGE'));
  async function revive(): Promise<void> {
    internet.mend();
    await docker.revive();
  }
  const owned = stack.move();
  return {
    internet,
    docker,
    /** Ends what was hung or cut. */
    revive,
    /** As the next world expects it. */
    async empty(): Promise<void> {
      await revive();
      await emptyDocker(docker.host);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export type Machine = Awaited<ReturnType<typeof startMachine>>;
