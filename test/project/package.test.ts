import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { copyTree, root } from '../support/tree.ts';

vi.setConfig({ hookTimeout: 90_000, testTimeout: 30_000 });

const Manifest = z.object({ version: z.string(), allowScripts: z.record(z.string(), z.boolean()) });
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

describe('the published package', () => {
  let copy: string;
  let installed: string;

  function command(name: string, args: readonly string[], cwd: string): string {
    const { status, stdout, stderr } = spawnSync(name, args, { cwd, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Packs a copy of the tree, and puts it where npm would: under node_modules, beside its dependencies. */
  beforeAll(async () => {
    copy = await copyTree();
    command('npm', ['pack', '--silent'], copy);
    const packed = (await readdir(copy)).find((name) => name.endsWith('.tgz')) ?? '';
    command('tar', ['-xzf', packed], copy);
    const modules = join(copy, 'user/node_modules');
    installed = join(modules, 'runnerwatch');
    await mkdir(modules, { recursive: true });
    await rename(join(copy, 'package'), installed);
    for (const name of await readdir(join(root, 'node_modules'))) {
      await symlink(join(root, 'node_modules', name), join(modules, name));
    }
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  it('runs without its sources', async () => {
    const { version } = await read(Manifest, 'package.json');
    const cli = join(installed, 'dist/cli.js');
    expect((await stat(cli)).mode & 0o111).toBe(0o111);
    expect((await readFile(cli, 'utf8')).startsWith('#!/usr/bin/env node\n')).toBe(true);
    expect(command(process.execPath, [cli, '--version'], copy)).toBe(`${version}\n`);
  });

  it('has the rules and the schema with it', () => {
    const cli = join(installed, 'dist/cli.js');
    const rules = join(installed, 'prometheus/rules/runners.rules.yml');
    expect(command(process.execPath, [cli, 'rules', 'check', rules], copy)).toMatch(/^OK /);
    expect(JSON.parse(command(process.execPath, [cli, 'config-schema'], copy))).toMatchObject({ type: 'object' });
  });

  it('carries documents and examples, and no source, test, script or secret', async () => {
    const top = await readdir(installed);
    expect(top.sort()).toEqual(
      [
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'compose',
        'dist',
        'docs',
        'grafana',
        'package.json',
        'prometheus',
      ].sort(),
    );
    const compose = await readdir(join(installed, 'compose'), { recursive: true });
    expect(compose.filter((name) => /(^|\/)(\.env|runnerwatch\.yml|.*token|.*password)$/.test(name))).toEqual([]);
  });
});
