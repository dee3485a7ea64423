import { parentPort, workerData } from 'node:worker_threads';
import { openKey } from './open-key.ts';

/** The thread that opens one key, so that bcrypt holds up nobody. */
const { text, passphrase }: { readonly text: string; readonly passphrase: string } = workerData;
parentPort?.postMessage(openKey(text, passphrase));
