import { open } from 'node:fs/promises';

/**
 * A file's text, read to its end; files of procfs say that they have no size, so the bound counts what is read.
 * Throws where the file is longer than `maxBytes`.
 */
export async function readBoundedFile(path: string, maxBytes: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes);
      if (bytesRead === 0) return Buffer.concat(chunks).toString('utf8');
      size += bytesRead;
      if (size > maxBytes) throw new Error(`${path} has more than ${maxBytes} bytes`);
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

const chunkBytes = 32_768;
