import { beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/services.ts';
import {
  base,
  expectBounds,
  fiveRunners,
  fixedVersion,
  overlay,
  overlays,
  type Project,
  resolve,
  type Service,
  withOverlays,
} from './compose-config.ts';
import { readShipped, readYaml } from './tools.ts';

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

  it('takes every capability from everybody', () => {
    expect(whoever(({ cap_drop }) => !cap_drop?.includes('ALL'))).toEqual([]);
    expect(everyone().flatMap(([name, { cap_add }]) => (cap_add ? [[name, cap_add]] : []))).toEqual([
      ['runner-volumes', ['CHOWN']],
    ]);
  });

  it('bounds CPU, memory, processes and logs of all that stays, checks it and restarts it', () => {
    expectBounds(services);
  });

  it('names a fixed version of every image', () => {
    expect(everyone().filter(([, { image }]) => !fixedVersion.test(image))).toEqual([]);
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
  });

  it('keeps what watches out of the reach of jobs', async () => {
    const { services } = await resolve(overlay);
    for (const name of ['prometheus', 'alertmanager', 'grafana'])
      expect(Object.keys(services[name]?.networks ?? {})).toEqual(['monitoring']);
  });

  it('makes two to five runners of one template, told apart by name, label and volumes', async () => {
    const { services } = await resolve(base, 'RUNNER_NAME=lab', 'COMPOSE_PROFILES=runners-5');
    const parts = ({ environment, labels, volumes }: Service) => [
      environment?.RUNNER_NAME,
      labels?.['runnerwatch.runner'],
      ...['/home/runner/_work', '/opt/hostedtoolcache'].map(
        (path) => volumes?.find(({ target }) => target === path)?.source,
      ),
    ];
    const all = fiveRunners.map((name) => services[name] as Service);
    expect(all.map(parts)).toEqual(
      [1, 2, 3, 4, 5].map((number) => [
        ...[`lab-${number}`, `lab-${number}`],
        ...[`github-runner-${number}-work`, `github-runner-${number}-tools`],
      ]),
    );
    const rest = ({ environment, labels, volumes, profiles, ...same }: Service) => same;
    for (const one of all) expect(rest(one)).toEqual(rest(all[0] as Service));
    expect(all[0]?.healthcheck).toMatchObject({ interval: '30s', timeout: '10s', retries: 3, start_period: '1m0s' });
    expect(all[0]?.deploy?.resources.limits).toEqual({ cpus: 2, memory: String(4 * 1024 ** 3), pids: 4096 });
  });

  it('says in labels, which no job changes, what a just-in-time runner is at GitHub', async () => {
    const labels = async (...env: string[]) =>
      Object.entries((await resolve(base, ...env)).services['github-runner-2']?.labels ?? {});
    const name = ['runnerwatch.runner', 'homelab-2'];
    expect(await labels()).toEqual([name, ['runnerwatch.runner-group', '1'], ['runnerwatch.runner-labels', '']]);
    expect(await labels('RUNNER_LABELS=lan,gpu', 'RUNNER_GROUP_ID=7')).toEqual([
      ...[name, ['runnerwatch.runner-group', '7']],
      ['runnerwatch.runner-labels', 'lan,gpu'],
    ]);
  });

  it('names the network, so that another stack may join it', async () => {
    const name = async (...env: string[]) => (await resolve(base, ...env)).networks['github-runner-network']?.name;
    expect([await name(), await name('RUNNER_NETWORK=other')]).toEqual(['github-runner-network', 'other']);
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

describe.skipIf(needs('compose'))('what runners register with', () => {
  const env = ['RUNNER_NAME=lab', 'COMPOSE_PROFILES=runners-5', 'GITHUB_TOKEN=ghp_of_the_environment'];
  const tokenOf = ({ environment = {}, secrets = [] }: Service) => [
    ...Object.keys(environment).filter((name) => name.includes('TOKEN')),
    ...secrets.map(({ source }) => source),
  ];

  it('is given by Runnerwatch: no runner has a token, whatever .env says', async () => {
    const { services } = await resolve(base, ...env);
    for (const name of fiveRunners) {
      const service = services[name] as Service;
      expect(tokenOf(service)).toEqual([]);
      expect(service.environment?.RUNNER_BROKER_URL).toBe('http://runnerwatch-broker:9479');
    }
    expect(services.runnerwatch?.environment?.GITHUB_TOKEN).toBeUndefined();
  });

  it('takes a key that is on a volume of the runner and of Runnerwatch alone', async () => {
    const { services } = await resolve(base, ...env);
    const mounts = ({ volumes = [] }: Service) => volumes.filter(({ source }) => source.endsWith('-key'));
    expect(mounts(services.runnerwatch as Service)).toMatchObject(
      [1, 2, 3, 4, 5].map((number) => ({
        source: `github-runner-${number}-key`,
        target: `/run/runner-keys/lab-${number}`,
        read_only: true,
      })),
    );
    for (const [index, name] of fiveRunners.entries()) {
      const own = { source: `github-runner-${index + 1}-key`, target: '/run/runner-key', read_only: true };
      expect(mounts(services[name] as Service)).toMatchObject([own]);
    }
    const holders = Object.entries(services).filter(([, service]) => mounts(service).length > 0);
    expect(holders.map(([name]) => name).sort()).toEqual([...fiveRunners, 'runner-volumes', 'runnerwatch']);
  });

  it('is the token itself with the overlay that says so', async () => {
    const { services } = await resolve(withOverlays('runner-token'), ...env);
    expect(fiveRunners.map((name) => tokenOf(services[name] as Service))).toEqual(
      Array.from({ length: 5 }, () => ['GITHUB_TOKEN', 'GITHUB_TOKEN_FILE', 'github_token']),
    );
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
    const files = ['', ...overlays.map((name) => `.${name}`)].map((name) => `compose/compose${name}.yaml`);
    const text = files.map(readShipped).join('\n');
    const interpolated = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
    // `NAME:` without a value passes the setting on.
    const passed = [...text.matchAll(/^ +([A-Z_]+):$/gm)].map(([, name]) => name);
    const named = [...readShipped('compose/.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(new Set(named).size).toBe(named.length);
    // What Compose itself reads.
    const own = ['COMPOSE_FILE', 'COMPOSE_PROFILES'];
    expect(new Set([...interpolated, ...passed, ...own])).toEqual(new Set(named));
  });
});

describe('the images', () => {
  /** Name of the setting and image, as `${NAME:-image}` or `NAME=image` says. */
  const settingsOf = (text: string, pattern: RegExp) =>
    new Map([...text.matchAll(pattern)].map(([, name = '', image = '']) => [name, image] as const));
  const files = [...overlays.map((name) => `compose/compose.${name}.yaml`), 'compose/compose.yaml'];
  const ofCompose = settingsOf(files.map(readShipped).join('\n'), /\$\{([A-Z_]+_IMAGE):-([^}]+)\}/g);
  const written = /^#?([A-Z_]+_IMAGE)=(.+)$/gm;

  it('are the same in .env.example and in the Compose files', () => {
    expect(ofCompose.size).toBeGreaterThan(8);
    expect(settingsOf(readShipped('compose/.env.example'), written)).toEqual(ofCompose);
  });

  it('are the same in the tests', () => {
    const ofTests = settingsOf(readShipped('test/images/versions.env'), written);
    const shared = [...ofTests].filter(([name]) => ofCompose.has(name));
    expect(shared.length).toBeGreaterThan(5);
    expect(shared.filter(([name, image]) => ofCompose.get(name) !== image)).toEqual([]);
  });

  it('are found by Renovate wherever it finds no image by itself, with and without a digest', () => {
    const [manager] = JSON.parse(readShipped('renovate.json')).customManagers;
    const pattern = () => new RegExp(manager.matchStrings[0], 'g');
    for (const file of ['compose/.env.example', 'test/images/versions.env']) {
      expect(manager.managerFilePatterns.some((each: string) => new RegExp(each.slice(1, -1)).test(file))).toBe(true);
      const found = [...readShipped(file).matchAll(pattern())].map(
        ({ groups }) => `${groups?.depName}:${groups?.currentValue}`,
      );
      expect(found).toEqual([...settingsOf(readShipped(file), written).values()]);
    }
    const digest = `sha256:${'0'.repeat(64)}`;
    const [match] = `#GRAFANA_IMAGE=grafana/grafana:12.3.0@${digest}`.matchAll(pattern());
    expect({ ...match?.groups }).toEqual({
      depName: 'grafana/grafana',
      currentValue: '12.3.0',
      currentDigest: digest,
    });
  });
});
