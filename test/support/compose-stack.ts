import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { docker, tryDocker } from './docker-cli.ts';
import { createGithubEmulator, type GithubEmulator, TEST_TOKEN } from './github-emulator/index.ts';
import { temporaryFolder } from './processes.ts';
import { binary, freePort, imageTag } from './services.ts';
import { stackSubnets } from './subnets.ts';
import { root } from './tree.ts';

export interface StackOptions {
  /** Names project, network and runners: unique among all that run on this machine. */
  readonly name: string;
  /** The first three numbers of its networks, e.g. 172.31.242; the runners' gateway is the first address. */
  readonly subnet: string;
  /** More settings, over the harness's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Text of runnerwatch.yml; by default nothing is watched. */
  readonly settings?: string;
  /** By default one of its own. */
  readonly github?: GithubEmulator;
  /** Another daemon than the shared one: unix:// and its socket. */
  readonly dockerHost?: string;
}

export const overlayImages = {
  RUNNERWATCH_IMAGE: 'runnerwatch-test/runnerwatch:story',
  DIND_BUILT_IMAGE: 'runnerwatch-test/dind:overlay',
  FIREWALL_BUILT_IMAGE: 'runnerwatch-test/firewall:overlay',
};

/** The images that the overlays make themselves, on the stand-ins. */
export async function buildOverlayImages(): Promise<void> {
  const build = (tag: string, folder: string, argument: string) =>
    run(['build', '--tag', tag, '--build-arg', argument, join(root, 'compose', folder)], { DOCKER_BUILDKIT: '0' });
  await Promise.all([
    build(overlayImages.DIND_BUILT_IMAGE, 'dind', `DIND_IMAGE=${imageTag('DIND_IMAGE')}`),
    build(overlayImages.FIREWALL_BUILT_IMAGE, 'firewall', `DEBIAN_IMAGE=${imageTag('DEBIAN_IMAGE')}`),
  ]);
}

async function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const options = { timeout: 300_000, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, ...env } };
  const { stdout } = await promisify(execFile)(binary('docker'), args, options);
  return stdout;
}

/** Removes the firewall's rules, as somebody does who flushes those of the host. */
async function dropRules(bridge: string): Promise<void> {
  const inHost = [
    '--network',
    'host',
    '--cap-add',
    'NET_ADMIN',
    '--entrypoint',
    'nft',
    overlayImages.FIREWALL_BUILT_IMAGE,
  ];
  await tryDocker('run', '--rm', ...inHost, 'delete', 'table', 'inet', `runnerwatch_${bridge.replace(/\W/g, '_')}`);
}

/** A loaded machine is slow, not ill: the image's health check has no setting for it. */
const patient =
  'services: { runnerwatch: { healthcheck: { start_period: 180s, start_interval: 3s, timeout: 30s } } }\n';

/** As init.sh leaves them. */
function writeOwnFiles(folder: string, settings: string): void {
  mkdirSync(join(folder, 'secrets'));
  for (const [name, text] of [
    ['github_token', TEST_TOKEN],
    ['recovery_token', 'recovery-token-of-the-test'],
    ['grafana_admin_password', 'not-used'],
  ] as const)
    writeFileSync(join(folder, 'secrets', name), text);
  writeFileSync(join(folder, 'runnerwatch.yml'), settings);
  copyFileSync(join(root, 'prometheus/alertmanager.yml'), join(folder, 'alertmanager.yml'));
  writeFileSync(join(folder, 'compose.patient.yaml'), patient);
}

/** The shipped Compose files with an emulated GitHub, and nothing running yet. */
export async function composeStack({ name, subnet, settings = 'targets: []\n', ...options }: StackOptions) {
  await using stack = new AsyncDisposableStack();
  const github = options.github ?? stack.use(await createGithubEmulator());
  const folder = stack.use(temporaryFolder());
  writeOwnFiles(folder.path, settings);
  const url = `http://${subnet}.1:${github.port}`;
  const port = await freePort();
  const env = {
    ...overlayImages,
    RUNNER_IMAGE: imageTag('RUNNER_STANDIN_IMAGE'),
    // Without the digests that Renovate may pin: a stand-in has none.
    HAPROXY_IMAGE: imageTag('HAPROXY_IMAGE'),
    PROMETHEUS_IMAGE: imageTag('PROMETHEUS_IMAGE'),
    ALERTMANAGER_IMAGE: imageTag('ALERTMANAGER_IMAGE'),
    GRAFANA_IMAGE: imageTag('GRAFANA_IMAGE'),
    SECRETS_DIR: join(folder.path, 'secrets'),
    RUNNERWATCH_YML: join(folder.path, 'runnerwatch.yml'),
    ALERTMANAGER_CONFIG: join(folder.path, 'alertmanager.yml'),
    RUNNER_NAME: name,
    ...stackSubnets(subnet),
    RUNNER_NETWORK: `${name}-runners`,
    RUNNER_BRIDGE: name.slice(-15),
    RUNNERWATCH_PORT: String(port),
    PROMETHEUS_PORT: String(await freePort()),
    ALERTMANAGER_PORT: String(await freePort()),
    GRAFANA_PORT: String(await freePort()),
    GITHUB_REPOSITORY: 'octo/homelab',
    GITHUB_API_URL: url,
    GITHUB_SERVER_URL: url,
    FIREWALL_ALLOW: `${subnet}.1:${github.port}`,
    RUNNER_HEALTH_INTERVAL: '2s',
    // A loaded machine is slow, not ill.
    RUNNER_HEALTH_TIMEOUT: '30s',
    RUNNER_HEALTH_START_PERIOD: '180s',
    RUNNER_STOP_GRACE_PERIOD: '10s',
    RUNNER_DRAIN_TIMEOUT: '1',
    DOCKER_GID: '0',
    ...(options.dockerHost && {
      DOCKER_HOST: options.dockerHost,
      DOCKER_SOCKET: options.dockerHost.replace('unix://', ''),
    }),
    ...options.env,
  };
  const compose = (files: readonly string[], ...args: readonly string[]) => {
    const overlays = files.map((file) => (file.startsWith('/') ? file : join(root, `compose/compose.${file}.yaml`)));
    const base = [join(root, 'compose/compose.yaml'), join(folder.path, 'compose.patient.yaml')];
    const all = [...base, ...overlays].flatMap((file) => ['-f', file]);
    return run(['compose', '--project-name', name, '--env-file', '/dev/null', ...all, ...args], env);
  };
  const everything = ['--profile', 'runners-5', 'down', '--volumes', '--remove-orphans', '--timeout', '2'];
  const down = () => compose(['dind', 'firewall', 'monitoring'], ...everything);
  // What an earlier run left behind, killed in the middle.
  await down();
  stack.defer(async () => {
    await down();
    // The firewall's rules stay on purpose.
    if (options.dockerHost === undefined) await dropRules(env.RUNNER_BRIDGE);
  });
  const exec = (service: string, ...command: readonly string[]) =>
    tryDocker(...at, 'exec', `${name}-${service}-1`, ...command);
  const at = options.dockerHost === undefined ? [] : ['--host', options.dockerHost];
  const owned = stack.move();
  return {
    github,
    url: `http://127.0.0.1:${port}`,
    compose,
    dropRules: () => dropRules(env.RUNNER_BRIDGE),
    /** The one command of the documentation, for the shipped file with these overlays: `dind`, or a path. */
    async up(files: readonly string[] = [], ...flags: readonly string[]): Promise<void> {
      try {
        await compose(
          files,
          ...flags,
          'up',
          '--detach',
          '--no-build',
          '--wait',
          '--wait-timeout',
          '480',
          '--remove-orphans',
        );
      } catch (error) {
        throw new Error(`${String(error)}\n${await compose(files, 'logs', '--no-color', '--tail', '30')}`);
      }
    },
    container: (service: string) => `${name}-${service}-1`,
    exec,
    /** What the token broker gave so far, as the audit log tells: `homelab-1 registration`. */
    async granted(): Promise<readonly string[]> {
      const { output } = await exec('runnerwatch', 'cat', '/var/lib/runnerwatch/audit/audit.jsonl');
      const records = output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      return records.flatMap(({ event, labels }) =>
        event.action === 'runner-token-granted' ? [`${labels.runner} ${labels.kind}`] : [],
      );
    },
    /** On the daemon that the stack is on. */
    docker: (...args: readonly string[]) => docker(...at, ...args),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export type ComposeStack = Awaited<ReturnType<typeof composeStack>>;
