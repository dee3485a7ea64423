import { constants } from 'node:fs';
import { access, glob } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { readBoundedFile } from '../lib/bounded-file.ts';
import type { Environment } from './environment.ts';

/** What loading asks of the machine. */
export interface LoadPorts {
  readonly env: Environment;
  readonly cwd: string;
  readonly home: string;
  readonly hostname: string;
  /** Rejects with the system's error, `code` included. */
  readFile(path: string): Promise<string>;
  /** Whether files could be made in the directory, itself made first where it is missing. */
  isWritable(directory: string): Promise<boolean>;
  /** Absolute paths of the files that match, sorted; a relative pattern starts at `cwd`. */
  glob(pattern: string, cwd: string): Promise<readonly string[]>;
}

/** No configuration, rule or secret file is larger; /dev/zero and a log are. */
const maxFileBytes = 4 * 1024 * 1024;

export function systemPorts(): LoadPorts {
  return {
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    hostname: hostname(),
    readFile,
    isWritable,
    glob: findFiles,
  };
}

/** Reads a text file of bounded size. Secrets are read at each use: this is done often. */
export function readFile(path: string): Promise<string> {
  return readBoundedFile(path, maxFileBytes);
}

async function isWritable(directory: string): Promise<boolean> {
  try {
    await access(directory, constants.W_OK);
    return true;
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return missing && dirname(directory) !== directory && isWritable(dirname(directory));
  }
}

/** Absolute paths of the files that match, sorted. */
export async function findFiles(pattern: string, cwd: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const path of glob(pattern, { cwd })) found.push(resolve(cwd, path));
  return found.sort();
}
