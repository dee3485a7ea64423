import { describe, expect, it } from 'vitest';
import { needs } from '../support/services.ts';
import {
  composeConfig,
  expectBounds,
  fiveRunners,
  fixedVersion,
  overlays,
  resolve,
  runners,
  type Service,
  withOverlays,
} from './compose-config.ts';

/** Every choice of overlays, none and all among them. */
const combinations = Array.from({ length: 2 ** overlays.length }, (_, bits) =>
  overlays.filter((_, index) => (bits >> index) % 2 === 1),
);

describe.skipIf(needs('compose'))('every combination of overlays', () => {
  it.concurrent.each(combinations.map((names) => [names.join(', ') || 'none', names] as const))(
    'is valid: %s',
    async (_, names) => {
      // The other profiles have a part of these.
      const result = await composeConfig(withOverlays(...names), ['COMPOSE_PROFILES=runners-5'], '--quiet');
      expect(result).toEqual({ code: 0, output: '' });
    },
  );
});

describe.skipIf(needs('compose'))('the overlays', () => {
  const everything = () => resolve(withOverlays(...overlays), 'COMPOSE_PROFILES=runners-5');

  it('bound what they add too', async () => {
    const { services } = await everything();
    expectBounds(services);
    expect(
      Object.entries(services).filter(([, { image }]) => !/^debian:/.test(image) && !fixedVersion.test(image)),
    ).toEqual([]);
  });

  it('leave runners out that no profile asks for', async () => {
    const named = async (profile: string) => {
      const { services } = await resolve(withOverlays(...overlays), `COMPOSE_PROFILES=${profile}`);
      return Object.keys(services).filter((name) => /^github-(runner|dind)-/.test(name)).length;
    };
    expect(await Promise.all(['', 'runners-3', 'runners-4', 'runners-5'].map(named))).toEqual([4, 6, 8, 10]);
  });

  it('keep Prometheus, Alertmanager and Grafana within half a CPU and a gigabyte', async () => {
    const { services } = await everything();
    const limits = ['prometheus', 'alertmanager', 'grafana'].map((name) => services[name]?.deploy?.resources.limits);
    const sum = (key: 'cpus' | 'memory') => limits.reduce((total, limit) => total + Number(limit?.[key]), 0);
    expect(sum('cpus')).toBeCloseTo(0.5);
    expect(sum('memory')).toBe(1024 ** 3);
  });

  it.each(['dind', 'firewall', 'monitoring'])(
    '%s gives runners neither privileges, sudo nor the socket',
    async (name) => {
      const { services } = await resolve(withOverlays(name));
      for (const runner of runners) {
        const { security_opt, cap_add, group_add, volumes = [], privileged } = services[runner] ?? ({} as Service);
        expect([security_opt, cap_add, group_add, privileged]).toEqual([
          ['no-new-privileges:true'],
          undefined,
          undefined,
          undefined,
        ]);
        expect(volumes.filter(({ target }) => target.endsWith('docker.sock'))).toEqual([]);
      }
    },
  );

  it('give privileges to nobody, and only what they say to the engines and the firewall', async () => {
    const { services } = await everything();
    const whoever = (holds: (service: Service) => boolean) =>
      Object.entries(services).flatMap(([name, service]) => (holds(service) ? [name] : []));
    expect(whoever(({ privileged }) => privileged === true)).toEqual([]);
    expect(whoever(({ network_mode }) => network_mode === 'host')).toEqual(['firewall']);
    expect(whoever(({ cap_add }) => cap_add?.includes('NET_ADMIN') ?? false)).toEqual(['firewall']);
    const raw = ['NET_RAW', 'SYS_ADMIN', 'SYS_PTRACE', 'SYS_MODULE', 'MKNOD'];
    expect(whoever(({ cap_add = [] }) => cap_add.some((name) => raw.includes(name)))).toEqual([]);
    const { cap_add, security_opt, devices } = services['github-dind-1'] ?? ({} as Service);
    expect(cap_add).toEqual(['SETGID', 'SETUID']);
    expect(security_opt).toEqual(['seccomp=unconfined', 'apparmor=unconfined', 'systempaths=unconfined']);
    expect(devices?.map(({ source }) => source)).toEqual(['/dev/net/tun']);
  });

  it('give sudo and the socket to every runner that is asked for, and each its own engine', async () => {
    const { services } = await everything();
    for (const [index, name] of fiveRunners.entries()) {
      const { security_opt, group_add, volumes = [], environment, depends_on = {} } = services[name] ?? ({} as Service);
      expect([security_opt, group_add]).toEqual([['no-new-privileges:false'], ['999']]);
      expect(volumes.map(({ source }) => source)).toEqual(
        expect.arrayContaining(['/var/run/docker.sock', `${name}-docker-socket`, `${name}-work`, `${name}-tools`]),
      );
      expect(environment?.DOCKER_HOST).toBe('unix:///dind/docker.sock');
      expect(Object.keys(depends_on)).toEqual(expect.arrayContaining(['firewall', `github-dind-${index + 1}`]));
    }
  });

  it('bound the own layer of every runner, and of nobody else', async () => {
    const sizes = async (...env: string[]) => {
      const { services } = await resolve(withOverlays(...overlays), 'COMPOSE_PROFILES=runners-5', ...env);
      return Object.entries(services).flatMap(([name, { storage_opt }]) =>
        storage_opt ? [[name, storage_opt.size]] : [],
      );
    };
    expect(await sizes()).toEqual(fiveRunners.map((name) => [name, '20g']));
    expect(await sizes('RUNNER_STORAGE_SIZE=8g')).toEqual(fiveRunners.map((name) => [name, '8g']));
  });

  it('take the way out from Docker where the firewall has it', async () => {
    const options = async (...names: string[]) =>
      (await resolve(withOverlays(...names))).networks['github-runner-network']?.driver_opts;
    expect(await options()).toBeUndefined();
    expect(await options('firewall')).toEqual({
      'com.docker.network.bridge.name': 'rw-runners',
      'com.docker.network.bridge.enable_ip_masquerade': 'false',
    });
  });

  it('refuse the socket without its group', async () => {
    const { code, output } = await composeConfig(withOverlays('docker-socket'), ['DOCKER_GID='], '--quiet');
    expect(code).not.toBe(0);
    expect(output).toContain('stat -c %g /var/run/docker.sock');
  });
});
