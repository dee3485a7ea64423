import { join } from 'node:path';
import { temporaryFolder } from '../support/processes.ts';
import { freePort, openapiFolder } from '../support/services.ts';
import { startProcess } from '../support/spawn.ts';

/** Prism with a description: in front of `upstream`, or in its place with the description's own examples. */
export async function startPrism(description: unknown, upstream?: string) {
  const folder = temporaryFolder({ 'description.json': JSON.stringify(description) });
  const file = join(folder.path, 'description.json');
  const port = await freePort();
  const prism = join(openapiFolder(), 'node_modules/.bin/prism');
  const mode = upstream === undefined ? ['mock', file] : ['proxy', file, upstream];
  const args = [prism, ...mode, '--errors', '--port', String(port)];
  const ready = { output: /Prism is listening/ };
  const running = await startProcess({ command: process.execPath, args, ready });
  return {
    url: `http://127.0.0.1:${port}`,
    output: running.output,
    async [Symbol.asyncDispose]() {
      await running.stop();
      folder[Symbol.dispose]();
    },
  };
}

interface Violation {
  readonly location: readonly string[];
  readonly severity: string;
  readonly message: string;
}

/** GitHub describes no 401 and no 304 for most calls: that the status is none of the described is no fault. */
const undescribed = 'Unable to match the returned status code with those defined in the document';

/** What Prism found wrong with the question or the answer. */
export function violationsIn(response: Response): readonly string[] {
  const found = JSON.parse(response.headers.get('sl-violations') ?? '[]') as readonly Violation[];
  return found
    .filter(({ message }) => !message.startsWith(undescribed))
    .map(({ location, message }) => `${location.join('.')}: ${message}`);
}
