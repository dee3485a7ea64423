import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** This release's version, from the package.json that lies two folders up in a checkout and in the package alike. */
export const version: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))).version;
