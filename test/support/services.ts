import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

export type ServiceName =
  | 'docker'
  | 'compose'
  | 'prometheus'
  | 'promtool'
  | 'alertmanager'
  | 'amtool'
  | 'sshd'
  | 'ping'
  | 'node_exporter'
  | 'fping'
  | 'blackbox_exporter'
  | 'openssl'
  | 'netns'
  | 'filesystems'
  | 'shellcheck'
  | 'chromium'
  | 'openapi';

const CHECK_TIMEOUT_MS = 10_000;

function servicesHome(): string {
  return process.env.RUNNERWATCH_SERVICES_HOME ?? '/opt/runnerwatch-services';
}

/** Where `npm run services` puts what it unpacks. */
function servicesBin(): string {
  return join(servicesHome(), 'bin');
}

/**
 * The path of a command: on PATH, of `npm run services`, or where Debian keeps daemons; undefined where it is none.
 * Debian calls upstream's blackbox_exporter prometheus-blackbox-exporter.
 */
function findBinary(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), servicesBin(), '/usr/sbin', '/sbin'];
  const names = [name, `prometheus-${name.replaceAll('_', '-')}`];
  return folders
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((candidate) => join(folder, candidate)))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of a service's command; fails where it is not installed. */
export function binary(name: string): string {
  const path = findBinary(name);
  if (path === undefined) throw new Error(`${name} is not installed: npm run services`);
  return path;
}

function succeeds(name: string, args: readonly string[]): boolean {
  const path = findBinary(name);
  return path !== undefined && spawnSync(path, args, { stdio: 'ignore', timeout: CHECK_TIMEOUT_MS }).status === 0;
}

/** A tag of test/images/versions.env, e.g. `imageTag('RUNNER_STANDIN_IMAGE')`. */
export function imageTag(key: string): string {
  const file = readFileSync(new URL('../images/versions.env', import.meta.url), 'utf8');
  const tag = new RegExp(`^${key}=(.+)$`, 'm').exec(file)?.[1];
  if (tag === undefined) throw new Error(`test/images/versions.env names no ${key}`);
  return tag;
}

/** Where GitHub's description of its API and Prism are; see test/openapi/. */
export function openapiFolder(): string {
  return join(servicesHome(), 'openapi');
}

/** Another lock file than the committed one means another description. */
function isOpenapiThere(): boolean {
  try {
    const committed = readFileSync(new URL('../openapi/package-lock.json', import.meta.url), 'utf8');
    return readFileSync(join(openapiFolder(), 'installed.json'), 'utf8') === committed;
  } catch {
    return false;
  }
}

/**
 * Docker must answer and have the images, of which the stand-in runner is made last; all else is started by the
 * tests, so that its command is enough.
 */
function isThere(name: ServiceName): boolean {
  if (name === 'docker') return succeeds('docker', ['image', 'inspect', imageTag('RUNNER_STANDIN_IMAGE')]);
  if (name === 'compose') return succeeds('docker', ['compose', 'version']) && isThere('docker');
  if (name === 'netns') return process.getuid?.() === 0 && isThere('fping') && ['ip', 'tc', 'socat'].every(findBinary);
  if (name === 'filesystems') return process.getuid?.() === 0 && ['mkfs.ext4', 'mkfs.btrfs', 'mount'].every(findBinary);
  if (name === 'openapi') return isOpenapiThere();
  return findBinary(name) !== undefined;
}

export interface NeedsPorts {
  readonly isThere: (name: ServiceName) => boolean;
  /** In CI nothing may be skipped. */
  readonly ci: boolean;
  readonly warn: (line: string) => void;
}

/**
 * Makes the question that `describe.skipIf` asks: true where a service is missing (said once each), an error in CI.
 */
export function createNeeds({ isThere, ci, warn }: NeedsPorts): (name: ServiceName) => boolean {
  const answers = new Map<ServiceName, boolean>();
  return (name) => {
    const known = answers.get(name);
    const missing = known ?? !isThere(name);
    answers.set(name, missing);
    if (missing && ci) throw new Error(`${name} is missing, and with CI=true no test is skipped: npm run services`);
    if (missing && known === undefined) warn(`skipping the tests that need ${name}: npm run services installs it\n`);
    return missing;
  };
}

export const needs = createNeeds({
  isThere,
  ci: process.env.CI === 'true',
  warn: (line) => process.stderr.write(line),
});

/** A TCP port of 127.0.0.1 that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.on('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
  });
  return promise;
}
