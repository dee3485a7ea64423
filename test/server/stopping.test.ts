import { expect, it } from 'vitest';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { startServer } from '../support/server.ts';
import { needs } from '../support/services.ts';

it.skipIf(needs('docker'))(
  'waits for the rules that an event began to evaluate, before its database is closed',
  async () => {
    const refused: unknown[] = [];
    const note = (reason: unknown) => refused.push(reason);
    process.on('unhandledRejection', note);
    try {
      for (let times = 0; times < 10; times++) {
        const connected = Promise.withResolvers<void>();
        const info = (_: unknown, message: string) => {
          if (message === 'docker events connected') connected.resolve();
        };
        const log: Log = Object.create(silentLog, { info: { value: info } });
        await using _server = await startServer({ log });
        await connected.promise;
      }
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(refused).toEqual([]);
  },
  60_000,
);
