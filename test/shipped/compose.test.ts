import { beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/services.ts';
import { readShipped, readYaml, tool } from './tools.ts';

interface Service {
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
  readonly deploy?: { readonly resources: { readonly limits: { readonly cpus: number; readonly memory: string } } };
  readonly healthcheck?: Readonly<Record<string, unknown>>;
  readonly restart?: string;
  readonly secrets?: readonly { readonly source: string }[];
  readonly stop_grace_period?: string;
}
interface Project {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean; readonly ipam: object }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const base = ['-f', 'compose/compose.yaml'];
const overlay = [...base, '-f', 'compose/compose.monitoring.yaml'];

/** As Compose resolves it, without this machine's .env. */
async function resolve(files: readonly string[], ...env: readonly string[]): Promise<Project> {
  const set = ['-i', `PATH=${process.env.PATH}`, `HOME=${process.env.HOME}`, ...env];
  const config = ['docker', 'compose', '--env-file', '/dev/null', ...files, 'config', '--format', 'json'];
  const { code, output } = await tool('env', ...set, ...config);
  if (code !== 0) throw new Error(output);
  return JSON.parse(output);
}

const oneShot = 'runner-volumes';
const runners = ['github-runner-1', 'github-runner-2'];

describe.skipIf(needs('compose')).each([
  ['compose.yaml', base],
  ['with compose.monitoring.yaml', overlay],
])('%s', (_, files) => {
  let services: Project['services'];
  beforeAll(async () => {
    ({ services } = await resolve(files));
  });
  const everyone = () => Object.entries(services);
  const whoever = (holds: (service: Service) => boolean) =>
    everyone().flatMap(([name, service]) => (holds(service) ? [name] : []));

  it('gives docker.sock to the proxy alone, and privileges to nobody', () => {
    const mounts = (service: Service) => (service.volumes ?? []).some(({ target }) => target.endsWith('docker.sock'));
    expect(whoever(mounts)).toEqual(['docker-socket-proxy']);
    expect(whoever(({ privileged, network_mode }) => privileged === true || network_mode === 'host')).toEqual([]);
    expect(whoever(({ security_opt }) => !security_opt?.includes('no-new-privileges:true'))).toEqual([]);
  });

  it('takes every capability from what runs no jobs', () => {
    const keeps = whoever(({ cap_drop }) => !cap_drop?.includes('ALL'));
    expect(keeps.sort()).toEqual(runners);
    expect(everyone().flatMap(([name, { cap_add }]) => (cap_add ? [[name, cap_add]] : []))).toEqual([
      [oneShot, ['CHOWN']],
    ]);
  });

  it('bounds CPU, memory and logs of all that stays, checks it and restarts it', () => {
    const staying = everyone().filter(([name]) => name !== oneShot);
    for (const [name, { deploy, logging, restart }] of staying) {
      expect([name, Number(deploy?.resources.limits.cpus) > 0, restart]).toEqual([name, true, 'unless-stopped']);
      expect(Number(deploy?.resources.limits.memory)).toBeGreaterThan(0);
      expect(logging?.options).toEqual({ 'max-size': '10m', 'max-file': '3' });
    }
    // Runnerwatch brings its health check in its image.
    expect(staying.flatMap(([name, { healthcheck }]) => (healthcheck ? [] : [name]))).toEqual(['runnerwatch']);
  });

  it('names a fixed version of every image', () => {
    expect(everyone().filter(([, { image }]) => !/:\D*\d+(\.\d+)+$/.test(image))).toEqual([]);
  });

  it('publishes ports on this machine only', () => {
    const addresses = everyone().flatMap(([, { ports = [] }]) => ports.map(({ host_ip }) => host_ip));
    expect(addresses.length).toBeGreaterThan(0);
    expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
  });

  it('shows the host to Runnerwatch read-only', () => {
    const mounts = services.runnerwatch?.volumes?.filter(({ target }) => target.startsWith('/host/')) ?? [];
    expect(mounts.map(({ source, target, read_only }) => [source, target, read_only])).toEqual([
      ['/proc', '/host/proc', true],
      ['/sys', '/host/sys', true],
      ['/', '/host/root', true],
    ]);
  });
});

describe.skipIf(needs('compose'))('compose.yaml', () => {
  it('lets only Runnerwatch reach the Docker proxy, on a network without a way out', async () => {
    const { services, networks } = await resolve(overlay);
    const members = Object.entries(services).flatMap(([name, { networks = {} }]) =>
      'docker-api' in networks ? [name] : [],
    );
    expect(members.sort()).toEqual(['docker-socket-proxy', 'runnerwatch']);
    expect(Object.keys(services['docker-socket-proxy']?.networks ?? {})).toEqual(['docker-api']);
    expect(networks['docker-api']?.internal).toBe(true);
    expect(networks['github-runner-network']?.ipam).toEqual({ config: [{ subnet: '172.20.0.0/16' }] });
  });

  it('keeps what watches out of the reach of jobs', async () => {
    const { services } = await resolve(overlay);
    for (const name of ['prometheus', 'alertmanager', 'grafana'])
      expect(Object.keys(services[name]?.networks ?? {})).toEqual(['monitoring']);
  });

  it('makes two runners of one template, told apart by name, label and volume', async () => {
    const { services } = await resolve(base, 'RUNNER_NAME=lab');
    const [one, two] = runners.map((name) => services[name] as Service);
    const parts = ({ environment, labels, volumes }: Service) => [
      environment?.RUNNER_NAME,
      labels?.['runnerwatch.runner'],
      volumes?.find(({ target }) => target === '/home/runner/_work')?.source,
    ];
    expect(parts(one as Service)).toEqual(['lab-1', 'lab-1', 'github-runner-1-work']);
    expect(parts(two as Service)).toEqual(['lab-2', 'lab-2', 'github-runner-2-work']);
    expect(one?.healthcheck).toEqual(two?.healthcheck);
    expect(one?.healthcheck).toMatchObject({ interval: '30s', timeout: '10s', retries: 3, start_period: '1m0s' });
  });

  it('gives a job less time to end than Docker waits', async () => {
    const { services } = await resolve(base);
    expect(services['github-runner-1']?.stop_grace_period).toBe('1m30s');
    const drain = /RUNNER_DRAIN_TIMEOUT:-(\d+)/.exec(readShipped('compose/runner/entrypoint.sh'))?.[1];
    expect(Number(drain)).toBeLessThan(90);
  });

  it('passes on only what is set', async () => {
    const unset = (await resolve(base)).services['github-runner-1']?.environment;
    expect(unset?.GITHUB_ORG ?? null).toBeNull();
    const set = (await resolve(base, 'GITHUB_ORG=octo')).services['github-runner-1']?.environment;
    expect(set?.GITHUB_ORG).toBe('octo');
  });

  it('leaves the rules to Prometheus with the overlay, and only then', async () => {
    const enabled = async (files: readonly string[]) =>
      (await resolve(files)).services.runnerwatch?.environment?.RUNNERWATCH_RULES_ENABLED;
    expect([await enabled(base), await enabled(overlay)]).toEqual([undefined, 'false']);
  });

  it('calls itself as Prometheus calls it, so that alerts have the same labels in both modes', async () => {
    const [job] = readYaml('prometheus/prometheus.yml').scrape_configs;
    const { services } = await resolve(base);
    expect(job.static_configs[0].targets).toEqual([services.runnerwatch?.environment?.RUNNERWATCH_SCRAPE_INSTANCE]);
  });

  it('gives both modes the same rules and the same routing, also the own ones of an operator', async () => {
    const { services } = await resolve(overlay, 'ALERTMANAGER_CONFIG=/etc/own.yml', 'RULES_DIR=/etc/own-rules');
    const sources = (name: string) => services[name]?.volumes?.map(({ source }) => source) ?? [];
    expect(sources('runnerwatch')).toEqual(expect.arrayContaining(['/etc/own.yml', '/etc/own-rules']));
    expect(sources('prometheus')).toContain('/etc/own-rules');
    expect(sources('alertmanager')).toContain('/etc/own.yml');
  });

  it('lets only those read the token for healing who need it', async () => {
    const { services } = await resolve(overlay);
    const readers = Object.entries(services).filter(([, { secrets = [] }]) =>
      secrets.some(({ source }) => source === 'recovery_token'),
    );
    expect(readers.map(([name]) => name).sort()).toEqual(['alertmanager', 'runnerwatch']);
  });
});

describe.skipIf(needs('compose'))("GitHub's App and webhook", () => {
  const files = { GITHUB_APP_PRIVATE_KEY_FILE: '/etc/app.pem', GITHUB_WEBHOOK_SECRET_FILE: '/etc/webhook' };
  const secrets = ['github_app_private_key', 'github_webhook_secret'];

  it('are not there until somebody names their files', async () => {
    const { services, ...project } = await resolve(base);
    const { environment } = services.runnerwatch ?? {};
    expect(environment?.GITHUB_APP_ID ?? null).toBeNull();
    expect(environment).toMatchObject({
      GITHUB_APP_PRIVATE_KEY_FILE: '',
      RUNNERWATCH_GITHUB_WEBHOOK_SECRET_FILE: '',
      GITHUB_TOKEN_FILE: '/run/secrets/github_token',
    });
    expect(secrets.map((name) => project.secrets[name]?.file)).toEqual(['/dev/null', '/dev/null']);
  });

  it('are read from these files then, by Runnerwatch alone', async () => {
    const env = Object.entries({ ...files, GITHUB_APP_ID: '123456' }).map(([name, value]) => `${name}=${value}`);
    const { services, ...project } = await resolve(base, ...env);
    expect(services.runnerwatch?.environment).toMatchObject({
      GITHUB_APP_ID: '123456',
      GITHUB_APP_PRIVATE_KEY_FILE: '/run/secrets/github_app_private_key',
      RUNNERWATCH_GITHUB_WEBHOOK_SECRET_FILE: '/run/secrets/github_webhook_secret',
    });
    expect(secrets.map((name) => project.secrets[name]?.file)).toEqual(Object.values(files));
    for (const name of secrets) {
      const readers = Object.entries(services).filter(([, service]) =>
        service.secrets?.some(({ source }) => source === name),
      );
      expect(readers.map(([service]) => service)).toEqual(['runnerwatch']);
    }
  });
});

describe('.env.example', () => {
  it('names each setting of the compose files, and no other', () => {
    const text = ['compose/compose.yaml', 'compose/compose.monitoring.yaml'].map(readShipped).join('\n');
    const interpolated = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
    // `NAME:` without a value passes the setting on.
    const passed = [...text.matchAll(/^ +([A-Z_]+):$/gm)].map(([, name]) => name);
    const named = [...readShipped('compose/.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(new Set(named).size).toBe(named.length);
    expect(new Set([...interpolated, ...passed])).toEqual(new Set(named));
  });
});
