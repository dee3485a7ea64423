import { expect } from 'vitest';
import { tool } from './tools.ts';

export interface Service {
  readonly image: string;
  readonly privileged?: boolean;
  readonly read_only?: boolean;
  readonly user?: string;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly network_mode?: string;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly { readonly source: string; readonly target: string; readonly read_only?: boolean }[];
  readonly ports?: readonly { readonly host_ip: string }[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
  readonly deploy?: {
    readonly resources: { readonly limits: { readonly cpus: number; readonly memory: string; readonly pids: number } };
  };
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly devices?: readonly { readonly source: string }[];
  readonly group_add?: readonly string[];
  readonly profiles?: readonly string[];
  readonly healthcheck?: Readonly<Record<string, unknown>>;
  readonly restart?: string;
  readonly secrets?: readonly { readonly source: string }[];
  readonly stop_grace_period?: string;
  readonly storage_opt?: Readonly<Record<string, string>>;
}
export interface Network {
  readonly name: string;
  readonly internal?: boolean;
  readonly ipam: object;
  readonly driver_opts?: Readonly<Record<string, string>>;
}
export interface Project {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, Network>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

export const base = ['-f', 'compose/compose.yaml'];
export const overlays = ['monitoring', 'dind', 'docker-socket', 'sudo', 'firewall', 'runner-token', 'storage-limit'];
export const withOverlays = (...names: readonly string[]) => [
  ...base,
  ...names.flatMap((name) => ['-f', `compose/compose.${name}.yaml`]),
];
export const overlay = withOverlays('monitoring');

/** As Compose resolves it, without this machine's .env. */
export async function resolve(files: readonly string[], ...env: readonly string[]): Promise<Project> {
  const { code, output } = await composeConfig(files, env, '--format', 'json');
  if (code !== 0) throw new Error(output);
  return JSON.parse(output);
}

export function composeConfig(files: readonly string[], env: readonly string[], ...flags: readonly string[]) {
  const set = ['-i', `PATH=${process.env.PATH}`, `HOME=${process.env.HOME}`, 'DOCKER_GID=999', ...env];
  return tool('env', ...set, 'docker', 'compose', '--env-file', '/dev/null', ...files, 'config', ...flags);
}

/** They do their work once, then end. */
const oneShots = ['runner-volumes', 'dind-volumes', 'firewall-targets'];
export const runners = ['github-runner-1', 'github-runner-2'];
export const fiveRunners = [1, 2, 3, 4, 5].map((number) => `github-runner-${number}`);

/** A tag that names a version, and a digest where Renovate has pinned one. */
export const fixedVersion = /:[a-z]*\d+(\.\d+)+(-[a-z-]+)?(@sha256:[0-9a-f]{64})?$/;

export function expectBounds(services: Project['services']): void {
  const staying = Object.entries(services).filter(([name]) => !oneShots.includes(name));
  for (const [name, { deploy, logging, restart }] of staying) {
    const { cpus, memory, pids } = deploy?.resources.limits ?? {};
    const bounded = [cpus, memory, pids].map((limit) => Number(limit) > 0);
    expect([name, ...bounded, restart]).toEqual([name, true, true, true, 'unless-stopped']);
    expect(logging?.options).toEqual({ 'max-size': '10m', 'max-file': '3' });
  }
  expect(staying.flatMap(([name, { healthcheck }]) => (healthcheck ? [] : [name]))).toEqual([]);
  // Runnerwatch brings its command in its image.
  expect(staying.flatMap(([name, { healthcheck }]) => (healthcheck?.test ? [] : [name]))).toEqual(['runnerwatch']);
}
