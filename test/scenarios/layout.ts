import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type EmulatorOptions, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { githubUrl } from './internet.ts';
import { port } from './runnerwatch.ts';
import { type Mode, recoveryToken, type SettingsChange } from './settings.ts';
import { shortRouting, shortRules } from './shorten.ts';

export const project = 'homelab';
export const subnet = '172.31.77';

export interface WorldOptions {
  readonly settings?: SettingsChange;
  readonly github?: EmulatorOptions;
  /** Settings of the runners in the shipped compose file, and of the stand-in. */
  readonly env?: Readonly<Record<string, string>>;
  /** More of the victim's service. */
  readonly victim?: Readonly<Record<string, unknown>>;
  /** A directory of the victim that has a small file system of its own, with its mount options. */
  readonly room?: { readonly path: string; readonly options: string };
}

function runnerEnvironment(env: Readonly<Record<string, string>>) {
  const ofStandIn = Object.entries(env).filter(([name]) => name.startsWith('STANDIN_'));
  return {
    RUNNER_BROKER_URL: `http://${subnet}.1:${port}`,
    STANDIN_CONFLICT_SECONDS: '30',
    ...Object.fromEntries(ofStandIn),
  };
}

/** What Runnerwatch and its two companions read. */
export function writeFiles(folder: string, { mode, sink }: { mode: Mode; sink: string }): void {
  const files = {
    github_token: TEST_TOKEN,
    recovery_token: recoveryToken,
    'alertmanager.yml': shortRouting({
      webhook: sink,
      recovery: `http://127.0.0.1:${port}/api/v1/recover`,
      tokenFile: join(folder, 'recovery_token'),
    }),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  for (const name of ['rules', 'keys', 'data']) mkdirSync(join(folder, name));
  for (const [name, text] of Object.entries(shortRules())) writeFileSync(join(folder, 'rules', name), text);
  if (mode === 'external') mkdirSync(join(folder, 'prometheus'));
}

/** The volumes of the runners' keys, as Runnerwatch's container would have them. */
export function linkKeys(folder: string, volumes: string): void {
  for (const number of [1, 2]) {
    const data = join(volumes, `${project}_github-runner-${number}-key`, '_data');
    symlinkSync(data, join(folder, 'keys', `${project}-${number}`));
  }
}

/** A Compose overlay for what differs from the shipped file; gives its path. */
export function writeOverlay(folder: string, { env = {}, room, victim }: WorldOptions): string {
  const path = join(folder, 'overlay.yaml');
  const environment = runnerEnvironment(env);
  const volumes = room && [`${roomIn(folder)}:${room.path}`];
  const services = {
    'github-runner-1': { environment, ...(volumes && { volumes }), ...victim },
    'github-runner-2': { environment },
  };
  writeFileSync(path, stringify({ services }));
  return path;
}

/** Where the victim's small file system is mounted. */
export const roomIn = (folder: string): string => join(folder, 'room');

/** The settings of the shipped Compose file, with its waits shortened as far as a loaded machine can follow. */
export function composeSettings({ env = {} }: WorldOptions): Readonly<Record<string, string>> {
  return {
    GITHUB_API_URL: githubUrl,
    GITHUB_SERVER_URL: githubUrl,
    // Each check starts a dozen processes: more of them would slow down what they look at.
    RUNNER_HEALTH_INTERVAL: '3s',
    RUNNER_HEALTH_RETRIES: '2',
    RUNNER_HEALTH_START_PERIOD: '30s',
    RUNNER_LISTENER_GRACE: '6',
    RUNNER_EGRESS_INTERVAL: '5',
    ...env,
  };
}
