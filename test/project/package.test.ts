import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { root } from '../support/tree.ts';

const Manifest = z.object({ allowScripts: z.record(z.string(), z.boolean()) });
const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      hasInstallScript: z.boolean().default(false),
      optionalDependencies: z.record(z.string(), z.string()).default({}),
    }),
  ),
});

async function read<S extends z.ZodType>(schema: S, file: string): Promise<z.output<S>> {
  return schema.parse(JSON.parse(await readFile(join(root, file), 'utf8')));
}

const { packages } = await read(Lock, 'package-lock.json');

/** Whether a package at `from` finds the dependency in a node_modules folder of its own or above it. */
function isLocked(from: string, dependency: string): boolean {
  if (packages[join(from, 'node_modules', dependency)]) return true;
  return from !== '' && isLocked(from.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, ''), dependency);
}

describe('package-lock.json', () => {
  it('has the optional packages of every platform, without which npm ci fails', () => {
    const missing = Object.entries(packages).flatMap(([from, { optionalDependencies }]) =>
      Object.keys(optionalDependencies).filter((dependency) => !isLocked(from, dependency)),
    );
    expect(missing).toEqual([]);
  });

  it('has no install script that package.json neither allows nor refuses', async () => {
    const { allowScripts } = await read(Manifest, 'package.json');
    const scripted = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = scripted.map(([path]) => path.replace(/^.*node_modules\//, ''));
    expect(names).not.toEqual([]);
    expect(names.filter((name) => allowScripts[name] === undefined)).toEqual([]);
  });
});
