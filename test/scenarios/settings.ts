import { join } from 'node:path';
import { githubUrl, targetAddress } from './internet.ts';
import { port } from './runnerwatch.ts';
import { shortened } from './shorten.ts';

export type Mode = 'embedded' | 'external';
export const repository = 'octo/homelab';
export const recoveryToken = 'recovery-token-of-the-scenarios';

type Section = Readonly<Record<string, unknown>>;

/** Sections of runnerwatch.yml that a fault wants otherwise; each is laid over the one below. */
export interface SettingsChange {
  readonly recovery?: Section;
  readonly verdict?: Section;
  /** In the place of the token. */
  readonly github?: Section;
}

export interface SettingsPlace {
  readonly mode: Mode;
  readonly folder: string;
  readonly dockerHost: string;
  readonly procfs: string;
}

const quick = { interval: '1s', timeout: '5s' };
const off = { enabled: false };

/** The defaults, with the waits divided as in the rules. What a container truly takes to start is not divided. */
export function settingsFor({ mode, folder, dockerHost, procfs }: SettingsPlace, change: SettingsChange = {}) {
  return {
    listen: `0.0.0.0:${port}`,
    data_dir: join(folder, 'data'),
    log: { format: 'json' },
    docker: { host: dockerHost },
    github: {
      api_url: githubUrl,
      token_file: join(folder, 'github_token'),
      repositories: [repository],
      ...change.github,
    },
    targets: [{ name: 'nas', address: targetAddress }],
    collectors: {
      'container-health': { ...quick, tombstone: shortened('10m') },
      containers: { interval: '5s', timeout: '4s' },
      'github-runners': { ...quick, timeout: '3s' },
      'github-credentials': { interval: '5s', timeout: '4s' },
      'github-queue': off,
      'github-pipelines': off,
      'docker-disk': off,
      'runner-workspace': off,
      icmp: { interval: '2s', count: 1, packet_timeout: '500ms' },
      path: { interval: '2s', hop_timeout: '500ms', wan: ['10.78.0.1'] },
      host: { path: { procfs } },
    },
    verdict: { crash_loop: { within: '5m' }, ...change.verdict },
    recovery: {
      token: recoveryToken,
      grace: '5s',
      verify_timeout: '40s',
      backoff: { first: shortened('30s'), max: shortened('15m') },
      breaker: { pause: shortened('1h') },
      ghosts: { after: shortened('1h') },
      ...change.recovery,
    },
    broker: { keys_dir: join(folder, 'keys') },
    ...(mode === 'embedded'
      ? {
          rules: { files: [join(folder, 'rules', '*.rules.yml')], evaluation_interval: '1s' },
          alertmanager: { config_file: join(folder, 'alertmanager.yml') },
        }
      : { rules: { files: [] } }),
  };
}
