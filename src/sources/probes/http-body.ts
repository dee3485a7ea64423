import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { reasonOf } from '../../lib/log.ts';
import type { HttpModule } from './http-module.ts';
import { ProbeFault } from './probe.ts';

/** Where the module sets no limit: the longest body that expressions are looked for in. */
const maxKept = 16 * 1024 * 1024;

/** What was read of a body, however far that was. */
export interface Body {
  /** Bytes after decompression. */
  length: number;
  /** Only where `keep` asks for it. */
  text: string;
}

/**
 * Reads an answer to its end. Only counts unless `keep`; what is kept is bounded, what is counted is bounded by time.
 * Gives a ProbeFault where it breaks off, cannot be decompressed or is too long.
 */
export async function readBody(
  answer: IncomingMessage,
  { compression, body_size_limit: limit }: Pick<HttpModule, 'compression' | 'body_size_limit'>,
  body: Body,
  keep: boolean,
): Promise<ProbeFault | undefined> {
  const most = limit > 0 ? limit : keep ? maxKept : Number.POSITIVE_INFINITY;
  const decoder = new TextDecoder();
  try {
    for await (const chunk of decompressed(answer, compression)) {
      if (!(chunk instanceof Uint8Array)) continue;
      body.length += chunk.byteLength;
      if (body.length > most) {
        body.length = most;
        return new ProbeFault('expectation', `the body is longer than ${most} bytes`);
      }
      if (keep) body.text += decoder.decode(chunk, { stream: true });
    }
    return undefined;
  } catch (error) {
    return new ProbeFault('protocol', `the body could not be read: ${reasonOf(error)}`);
  }
}

function decompressed(answer: IncomingMessage, compression: HttpModule['compression']): Readable {
  const unpack = { gzip: createGunzip, br: createBrotliDecompress, deflate: createInflate } as const;
  if (compression === '' || compression === 'identity') return answer;
  const stream = unpack[compression]();
  // pipe() passes no error on: without this, a connection that breaks would leave the reader waiting.
  answer.once('error', (error) => stream.destroy(error));
  answer.once('aborted', () => stream.destroy(new Error('the connection was closed')));
  return answer.pipe(stream);
}
