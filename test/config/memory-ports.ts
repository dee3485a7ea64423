import { resolve } from 'node:path';
import type { LoadPorts } from '../../src/config/ports.ts';

interface MemoryMachine {
  /** Absolute path → content. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Directories that can be written. */
  readonly writable?: readonly string[];
}

/** A machine of a few files: host `ci-1`, user's home `/home/ci`, working directory `/work`. */
export function memoryPorts({ files = {}, env = {}, writable = [] }: MemoryMachine = {}): LoadPorts {
  return {
    env,
    cwd: '/work',
    home: '/home/ci',
    hostname: 'ci-1',
    readFile: async (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(`no such file ${path}`), { code: 'ENOENT' });
      return text;
    },
    isWritable: async (directory) => writable.includes(directory),
    glob: async (pattern, cwd) => Object.keys(files).filter((path) => matches(resolve(cwd, pattern), path)),
  };
}

/** `*` alone, which is all that these tests write. */
function matches(pattern: string, path: string): boolean {
  const [start = '', end] = pattern.split('*');
  return end === undefined ? path === pattern : path.startsWith(start) && path.endsWith(end);
}
