import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';

/** Opens a key's text with its passphrase; undefined where it does not open it. */
export type KeyOpener = (text: string, passphrase: string) => Promise<string | undefined>;

/** More rounds of bcrypt than this allows are a mistake, or an attack on whoever reads the key. */
const openMs = 60_000;

/** One thread at a time: a handful of keys is opened once each, and the machine has runners to serve. */
export function createKeyThread(clock: Clock): KeyOpener {
  let last: Promise<unknown> = Promise.resolve();
  return (text, passphrase) => {
    const turn = last.then(() => openInThread(clock, text, passphrase));
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function openInThread(clock: Clock, text: string, passphrase: string): Promise<string | undefined> {
  // Beside this file, and what this file is: TypeScript in a checkout, JavaScript in the package.
  const file = new URL(`./key-worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(file, { workerData: { text, passphrase }, resourceLimits: { maxOldGenerationSizeMb: 64 } });
  try {
    return await withDeadline(clock, { ms: openMs, what: 'the opening of the private key' }, async (signal) => {
      const [opened]: (string | undefined)[] = await once(worker, 'message', { signal });
      return opened;
    });
  } finally {
    await worker.terminate();
  }
}
