import type { Socket } from 'node:net';
import { reasonOf } from '../../lib/log.ts';
import { ProbeFault } from './probe.ts';

/** As blackbox_exporter's: a longer line is no line. */
const maxLine = 65_536;

/** A connection read line by line; nothing is read ahead of who asks, beyond one buffer. */
export interface Lines {
  /** Without its line break; undefined at the end. Throws a ProbeFault for a line without end. */
  next(): Promise<string | undefined>;
  /** Lets go of the socket without closing it. */
  close(): void;
}

export function createLines(socket: Socket): Lines {
  let buffer = '';
  let ended = false;
  let error: unknown;
  let wake: () => void = () => undefined;
  const onData = (chunk: Buffer): void => {
    buffer += chunk.toString('latin1');
    // Taken up again by next(): a peer that talks without end waits for us, and not in our memory.
    if (buffer.length > maxLine) socket.pause();
    wake();
  };
  const onEnd = (): void => {
    ended = true;
    wake();
  };
  const onError = (cause: unknown): void => {
    error = cause;
    wake();
  };
  let reading = false;
  function read(): void {
    if (!reading) socket.on('data', onData).once('close', onEnd).once('end', onEnd).once('error', onError);
    reading = true;
    if (socket.isPaused()) socket.resume();
  }
  function take(length: number, skip: number): string {
    const line = Buffer.from(buffer.slice(0, length), 'latin1').toString('utf8');
    buffer = buffer.slice(length + skip);
    return line.replace(/\r$/, '');
  }
  /** The length of the line that stands at the beginning; undefined where it is not complete yet. */
  function complete(): number | undefined {
    const end = buffer.indexOf('\n');
    if (end >= 0) return end;
    if (buffer.length > maxLine) throw new ProbeFault('protocol', `a line was longer than ${maxLine} bytes`);
    if (error !== undefined) throw new ProbeFault('protocol', reasonOf(error));
    return ended ? buffer.length : undefined;
  }
  async function more(): Promise<void> {
    socket.resume();
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    await promise;
  }
  return {
    next: async () => {
      read();
      let length = complete();
      for (; length === undefined; length = complete()) await more();
      return ended && buffer === '' ? undefined : take(length, 1);
    },
    close: () => {
      if (reading) socket.off('data', onData).off('close', onEnd).off('end', onEnd).off('error', onError).pause();
    },
  };
}
