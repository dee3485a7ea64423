import { createServer } from 'node:http';
import { listen } from '../../support/listen.ts';

/** What the probes see: an HTTP server whose paths answer 200 while they are up, and 503 while they are down. */
export interface Switches extends AsyncDisposable {
  url(target: string): string;
  set(target: string, isUp: boolean): void;
}

/** Every target is up at first. */
export async function createSwitches(): Promise<Switches> {
  await using stack = new AsyncDisposableStack();
  const down = new Set<string>();
  const server = createServer(({ url = '' }, response) => {
    response.writeHead(down.has(url) ? 503 : 200, { connection: 'close' }).end();
  });
  const port = await listen(server, stack);
  const owned = stack.move();
  return {
    url: (target) => `http://127.0.0.1:${port}/${target}`,
    set(target, isUp) {
      if (isUp) down.delete(`/${target}`);
      else down.add(`/${target}`);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
