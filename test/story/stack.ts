import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { tryDocker } from '../support/docker-cli.ts';
import { createGithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { temporaryFolder } from '../support/processes.ts';
import { binary, freePort, imageTag } from '../support/services.ts';
import { createSink } from '../support/sink.ts';
import { stackSubnets } from '../support/subnets.ts';
import { root } from '../support/tree.ts';
import { waitUntil } from '../support/wait.ts';

export type Mode = 'embedded' | 'external';

const RUNNERWATCH_IMAGE = 'runnerwatch-test/runnerwatch:story';
const TOKEN = 'recovery-token-of-the-story';

interface RunnerView {
  readonly runner: string;
  readonly container: string;
  readonly verdict: string;
  readonly because: string;
}

/** The shipped image, from the shipped Dockerfile. The first build takes a minute, later ones come from the cache. */
export async function buildImage(): Promise<void> {
  await run(['build', '--tag', RUNNERWATCH_IMAGE, root], { DOCKER_BUILDKIT: '0' }, 600_000);
}

async function run(args: readonly string[], env: Record<string, string>, timeout = 180_000): Promise<string> {
  const options = { timeout, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, ...env } };
  const { stdout } = await promisify(execFile)(binary('docker'), args, options);
  return stdout;
}

/** The shipped routing with the one thing that an operator adds, and with waits that suit a test. */
function operatorsRouting(webhook: string): string {
  const shipped = parse(readFileSync(join(root, 'prometheus/alertmanager.yml'), 'utf8'));
  const notifications = shipped.receivers.find(({ name }: { name: string }) => name === 'notifications');
  notifications.webhook_configs = [{ url: webhook }];
  Object.assign(shipped.route, { group_wait: '1s', group_interval: '3s' });
  return stringify(shipped);
}

/** The shipped compose stack with an emulated GitHub and a webhook receiver beside it. */
export async function startStack(mode: Mode) {
  await using stack = new AsyncDisposableStack();
  const github = stack.use(await createGithubEmulator());
  const sink = stack.use(await createSink());
  const folder = stack.use(temporaryFolder());
  const subnet = mode === 'embedded' ? '172.31.240' : '172.31.241';
  const gateway = `${subnet}.1`;
  const secrets = join(folder.path, 'secrets');
  mkdirSync(secrets);
  writeFileSync(join(secrets, 'github_token'), TEST_TOKEN);
  writeFileSync(join(secrets, 'recovery_token'), TOKEN);
  writeFileSync(join(secrets, 'grafana_admin_password'), 'not-used-in-the-story');
  writeFileSync(join(folder.path, 'alertmanager.yml'), operatorsRouting(`http://${gateway}:${sink.port}/hook`));
  const ports = { runnerwatch: await freePort(), prometheus: await freePort(), alertmanager: await freePort() };
  const env = {
    RUNNERWATCH_IMAGE,
    RUNNER_IMAGE: imageTag('RUNNER_STANDIN_IMAGE'),
    // Without the digests that Renovate may pin: a stand-in has none.
    HAPROXY_IMAGE: imageTag('HAPROXY_IMAGE'),
    PROMETHEUS_IMAGE: imageTag('PROMETHEUS_IMAGE'),
    ALERTMANAGER_IMAGE: imageTag('ALERTMANAGER_IMAGE'),
    SECRETS_DIR: secrets,
    ALERTMANAGER_CONFIG: join(folder.path, 'alertmanager.yml'),
    ...stackSubnets(subnet),
    RUNNER_NETWORK: `rw-story-${mode}-runners`,
    RUNNERWATCH_PORT: String(ports.runnerwatch),
    PROMETHEUS_PORT: String(ports.prometheus),
    ALERTMANAGER_PORT: String(ports.alertmanager),
    GITHUB_REPOSITORY: 'octo/homelab',
    GITHUB_API_URL: `http://${gateway}:${github.port}`,
    GITHUB_SERVER_URL: `http://${gateway}:${github.port}`,
    // Not another stack's on this machine: a runner whose name two containers carry is left alone.
    RUNNER_NAME: `story-${mode}`,
    RUNNER_HEALTH_INTERVAL: '1s',
    RUNNER_HEALTH_RETRIES: '2',
    // Until they are registered, for which Runnerwatch has to be up; the first success ends it.
    RUNNER_HEALTH_START_PERIOD: '60s',
    RUNNER_LISTENER_GRACE: '1',
  };
  const files = mode === 'embedded' ? ['compose.yaml'] : ['compose.yaml', 'compose.monitoring.yaml'];
  const project = `rw-story-${mode}`;
  const base = ['compose', '--project-name', project, ...files.flatMap((file) => ['-f', join(root, 'compose', file)])];
  const compose = (...args: string[]) => run([...base, ...args], env);
  // What an earlier run left behind, killed in the middle.
  await compose('down', '--volumes', '--timeout', '1');
  stack.defer(() => compose('down', '--volumes', '--timeout', '1').then(() => undefined));
  // Grafana cannot be had without a registry, and has no part in the story.
  const services =
    mode === 'embedded' ? [] : ['github-runner-1', 'github-runner-2', 'prometheus', 'alertmanager', 'runnerwatch'];
  try {
    await compose('up', '--detach', '--no-build', '--wait', '--wait-timeout', '120', ...services);
  } catch (error) {
    throw new Error(`${String(error)}\n${await compose('logs', '--no-color', '--tail', '40')}`);
  }
  const url = `http://127.0.0.1:${ports.runnerwatch}`;

  async function runners(): Promise<readonly RunnerView[]> {
    const response = await fetch(`${url}/api/v1/runners`);
    return ((await response.json()) as { data: { runners: RunnerView[] } }).data.runners;
  }
  async function waitForVerdict(runner: string, verdict: string, timeoutMs: number): Promise<RunnerView> {
    let seen: readonly RunnerView[] = [];
    const find = () => seen.find((view) => view.runner === runner && view.verdict === verdict);
    const holds = async () => {
      seen = await runners();
      return find() !== undefined;
    };
    await waitUntil(holds, { timeoutMs, what: () => `${runner} ${verdict} among ${JSON.stringify(seen)}` });
    return find() as RunnerView;
  }
  const owned = stack.move();
  return {
    mode,
    github,
    sink,
    url,
    ports,
    compose,
    runners,
    waitForVerdict,
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
    /** As Alertmanager posts it. */
    recover: (body: unknown) =>
      fetch(`${url}/api/v1/recover`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export type Stack = Awaited<ReturnType<typeof startStack>>;

/** Ends the listener as the kernel's OOM killer would. */
export async function killListener(container: string): Promise<void> {
  // The brackets keep the pattern from matching the shell that carries it.
  const kill = 'grep -la "Runner[.]Listener" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3 | xargs -r kill -9';
  const { code, output } = await tryDocker('exec', container, 'bash', '-c', kill);
  if (code !== 0) throw new Error(`the listener was not killed: ${output}`);
}

/** When Docker last started the container. */
export async function startedAt(container: string): Promise<string> {
  return (await run(['inspect', '--format', '{{.State.StartedAt}}', container], {})).trim();
}
