import { resolve } from 'node:path';
import { ProblemsError } from '../lib/problem.ts';
import { configVariable } from './environment.ts';
import type { LoadPorts } from './ports.ts';

export interface ConfigFile {
  /** As the operator wrote it; messages say this one. */
  readonly label: string;
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** Where the file is looked for when nobody names it; the first that exists counts. */
const usualPlaces = ['runnerwatch.yml', '/etc/runnerwatch/runnerwatch.yml'];

/** Reads the file that was named, or the one in its usual place, or none. Throws a ProblemsError. */
export async function findFile(ports: LoadPorts, named?: string): Promise<ConfigFile | undefined> {
  const variable = ports.env[configVariable] ?? '';
  const label = named ?? (variable === '' ? undefined : variable);
  if (label !== undefined) return read(ports, label);
  for (const place of usualPlaces) {
    const found = await read(ports, place, true);
    if (found) return found;
  }
  return undefined;
}

async function read({ cwd, readFile }: LoadPorts, label: string, optional = false): Promise<ConfigFile | undefined> {
  const path = resolve(cwd, label);
  try {
    return { label, path, text: await readFile(path) };
  } catch (error) {
    const code = codeOf(error);
    if (optional && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined;
    const message = `found no readable file (${code})`;
    throw new ProblemsError([
      { file: label, key: '', message, mend: 'Correct the path or the file and its permissions' },
    ]);
  }
}

/** `ENOENT`, or the message of an error that the system did not make. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
