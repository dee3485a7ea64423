import { execFileSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from '../story/stack.ts';
import { buildOverlayImages, type ComposeStack, composeStack } from '../support/compose-stack.ts';
import { docker } from '../support/docker-cli.ts';
import { startLanHost } from '../support/lan-host.ts';
import { temporaryFolder } from '../support/processes.ts';
import { allowRootlessDocker } from '../support/rootless.ts';
import { binary, needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

const minute = 60_000;
const name = 'rw-all';
const files = ['monitoring', 'dind', 'docker-socket', 'sudo', 'firewall'];
const five = [1, 2, 3, 4, 5].map((number) => `${name}-${number}`);

const settings = `probe: { allow_any_target: true }
targets:
  - name: home-assistant
    address: 10.99.7.2
    modules: [{ module: tcp_connect, address: '10.99.7.2:22' }]
`;

/** As an operator gives the first runner's workspace and logs a partition each, small enough to be filled. */
const partitions = `services:
  github-runner-1:
    tmpfs: ['/home/runner/_diag:size=1m,uid=1001']
volumes:
  github-runner-1-work:
    driver_opts: { type: tmpfs, device: tmpfs, o: 'size=8m' }
`;

describe.skipIf(needs('docker') || needs('compose') || needs('netns'))('all overlays and five runners', () => {
  const owned = new AsyncDisposableStack();
  let stack: ComposeStack;
  let own: string;

  beforeAll(async () => {
    allowRootlessDocker();
    await Promise.all([buildImage(), buildOverlayImages()]);
    // A host of the LAN, with another address that stands for the internet.
    owned.use(await startLanHost(['10.99.7.2', '192.88.98.2'], '10.99.7.1', [22, 80, 443]));
    const folder = owned.use(temporaryFolder({ 'partitions.yaml': partitions }));
    const limits = { RUNNER_CPUS: '0.3', RUNNER_MEMORY: '256m', RUNNER_PIDS: '100' };
    // Ten checks a second would take most of two cores.
    const env = { ...limits, LOG_MAX_SIZE: '100k', LOG_MAX_FILES: '2', RUNNER_HEALTH_INTERVAL: '10s' };
    stack = owned.use(await composeStack({ name, subnet: '172.31.230', settings, env }));
    own = join(folder.path, 'partitions.yaml');
    await stack.up([...files, own], '--profile', 'runners-5');
  }, 12 * minute);
  afterAll(() => owned.disposeAsync(), minute);

  const job = (runner: number, script: string) => stack.exec(`github-runner-${runner}`, 'bash', '-c', script);
  const engine = (...words: string[]) => stack.exec('github-dind-1', 'docker', ...words);
  const knock = (address: string, port: number) => job(1, `exec 3<>/dev/tcp/${address}/${port} && head -c 5 <&3`);

  async function denied(): Promise<Readonly<Record<string, number>>> {
    const text = await (await fetch(`${stack.url}/metrics`)).text();
    const lines = text.matchAll(/^runnerwatch_firewall_denied_packets_total\{reason="(\w+)"\} (\d+)$/gm);
    return Object.fromEntries([...lines].map(([, reason, packets]) => [reason, Number(packets)]));
  }

  async function expectOthersToWork(): Promise<void> {
    const { id } = stack.github.queueJob({ runner: `${name}-2`, seconds: 1 });
    await stack.github.waitFor(
      ({ jobs }) => jobs.some((each) => each.id === id && each.conclusion === 'success'),
      minute,
    );
    expect((await job(2, 'head -c 20M /dev/zero >_work/more && rm _work/more')).code).toBe(0);
    // One that a busy machine keeps from asking for three seconds counts as offline until it asks again.
    await stack.github.waitFor(
      ({ runners }) => five.every((runner) => runners.some((one) => one.name === runner && one.status === 'online')),
      minute,
    );
    expect(stack.github.runners()).toHaveLength(five.length);
  }

  async function expectEachOnce(): Promise<void> {
    // Healthy is known a moment before GitHub sees the session.
    await stack.github.waitFor(
      ({ runners }) => runners.length === 5 && runners.every(({ status }) => status === 'online'),
      minute,
    );
    const states = stack.github.runners().map((runner) => `${runner.name} ${runner.status}`);
    expect(states.sort()).toEqual(five.map((runner) => `${runner} online`));
  }

  it('come up healthy together, each runner registered once', async () => {
    await expectEachOnce();
    expect([...(await stack.granted())].sort()).toEqual(five.map((runner) => `${runner} registration`));
  });

  it.each([
    ['a target of runnerwatch.yml', '10.99.7.2', 22],
    ['the internet', '192.88.98.2', 443],
  ])('let a job reach %s', async (_, address, port) => {
    expect(await knock(address, port)).toEqual({ code: 0, output: 'hello' });
  });

  it(
    'refuse a job everything else at once, and count each try by its reason',
    async () => {
      const before = await denied();
      const tries = [
        ['a port of a target that is not listed', '10.99.7.2', 80, 'lan'],
        ['a host of the LAN that is not listed', '192.168.77.7', 22, 'lan'],
        ['a metadata service', '169.254.169.254', 80, 'metadata'],
        ['the host on the runners’ network', '172.31.230.1', 22, 'host'],
        ['the host under its address in the LAN', '10.99.7.1', 22, 'host'],
        ['another port of the internet', '192.88.98.2', 80, 'port'],
      ] as const;
      for (const [what, address, port] of tries) {
        // curl tries once and says how long it took; bash's own redirection would try twice.
        const curl = `curl -s -m 5 -o /dev/null -w '%{time_total}' http://${address}:${port}/`;
        const { code, output } = await job(1, curl);
        expect([what, code, Number(output) < 1]).toEqual([what, 7, true]);
      }
      const added = (reason: string) => tries.filter((each) => each[3] === reason).length;
      const expected = Object.fromEntries(
        Object.entries(before).map(([reason, packets]) => [reason, packets + added(reason)]),
      );
      let now = before;
      const counted = async () => {
        now = await denied();
        return JSON.stringify(now) === JSON.stringify(expected);
      };
      await waitUntil(counted, {
        timeoutMs: 30_000,
        what: () => `${JSON.stringify(now)}, not ${JSON.stringify(expected)}`,
      });
    },
    minute,
  );

  it('let no job look behind the firewall through Runnerwatch', async () => {
    const probe = (address: string) =>
      job(1, `curl -s -m 5 -o /dev/null -w '%{http_code}' 'http://${address}/probe?target=home-assistant'`);
    expect((await probe('runnerwatch-broker:9479')).output).toBe('404');
    expect((await probe('runnerwatch-broker:9478')).output).toBe('000');
    const own = await fetch(`${stack.url}/probe?module=tcp_connect&target=10.99.7.2:80`);
    expect(own.status).toBe(403);
  });

  it('let no job forge an address or change the rules, even as root', async () => {
    const { output } = await job(1, 'sudo grep CapBnd /proc/self/status');
    const bits = BigInt(`0x${/[0-9a-f]{16}/.exec(output)?.[0]}`);
    // NET_ADMIN is 12, NET_RAW 13, SYS_ADMIN 21: capability.h.
    expect([12n, 13n, 21n].filter((bit) => (bits >> bit) % 2n === 1n)).toEqual([]);
    expect(bits).not.toBe(0n);
  });

  it(
    'give a job containers in its own engine, behind the same rules, that write as the runner',
    async () => {
      // The engine's command stands for the runner's, which the stand-in of its image lacks; the socket is the same.
      const ping = await job(1, 'curl -s --unix-socket "$(echo $DOCKER_HOST | cut -d: -f2)" http://engine/_ping');
      expect(ping).toEqual({ code: 0, output: 'OK' });
      const save = execFileSync(binary('docker'), ['save', 'busybox:stable'], { maxBuffer: 100_000_000 });
      const load = ['exec', '--interactive', stack.container('github-dind-1'), 'docker', 'load'];
      execFileSync(binary('docker'), load, { input: save, stdio: 'pipe' });
      const sh =
        'id -u; touch /w/made; nc -w 3 10.99.7.2 22 </dev/null; nc -w 3 10.99.7.2 80 </dev/null || echo refused';
      const { output } = await engine('run', '--rm', '-v', '/home/runner/_work:/w', 'busybox:stable', 'sh', '-c', sh);
      expect(output.split('\n').slice(0, 3)).toEqual(['0', 'hello', expect.stringMatching(/refused|route/)]);
      expect((await job(1, 'stat -c %U _work/made && rm _work/made')).output).toBe('runner\n');
      expect((await engine('run', '--rm', '--privileged', 'busybox:stable', 'true')).code).not.toBe(0);
    },
    minute,
  );

  it(
    'keep the LAN closed while the firewall is down, and everything once its rules are gone',
    async () => {
      const firewall = stack.container('firewall');
      const reach = (address: string, port: number) =>
        job(1, `timeout 3 bash -c 'exec 3<>/dev/tcp/${address}/${port} && head -c 5 <&3'`);
      await docker('stop', firewall);
      expect((await reach('10.99.7.2', 80)).code).toBe(1);
      expect(await reach('10.99.7.2', 22)).toEqual({ code: 0, output: 'hello' });
      await stack.dropRules();
      expect((await reach('192.88.98.2', 443)).code).not.toBe(0);
      expect((await reach('10.99.7.2', 80)).code).not.toBe(0);
      await docker('start', firewall);
      const back = async () => (await reach('10.99.7.2', 22)).output === 'hello';
      await waitUntil(back, { timeoutMs: 30_000, what: () => 'the rules are not back' });
      // Taken away while it watches: it puts them back.
      await stack.dropRules();
      const judges = ['nft', 'list', 'chain', 'inet', 'runnerwatch_rw_all', 'judge'];
      const restored = async () => (await stack.exec('firewall', ...judges)).code === 0;
      await waitUntil(restored, { timeoutMs: 30_000, what: () => 'the rules were not put back' });
      expect((await reach('10.99.7.2', 80)).code).toBe(1);
    },
    2 * minute,
  );

  it(
    'keep five busy runners within their limits',
    async () => {
      // In seconds of CPU: cgroup v1 counts nanoseconds, v2 microseconds.
      const used = `cat /sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null |
      awk '/^usage_usec/ {print $2 / 1e6} /^[0-9]+$/ {print $1 / 1e9}'`;
      const burn = `a=$(${used}) t=$EPOCHREALTIME; for _ in 1 2; do timeout 4 bash -c 'while :; do :; done' & done; wait; echo $a $(${used}) $t $EPOCHREALTIME`;
      const burnt = await Promise.all(five.map((_, index) => job(index + 1, burn)));
      for (const { output } of burnt) {
        const [from = 0, to = 0, start = 0, end = 0] = output.trim().split(' ').map(Number);
        expect(end - start).toBeGreaterThan(4);
        expect(to - from).toBeGreaterThan(0.2);
        // One period of the scheduler more than its 0.3 CPUs may be counted at either end.
        expect(to - from).toBeLessThan(0.3 * (end - start) + 0.3);
      }
      expect((await job(1, 'tail /dev/zero')).code).toBe(137);
      const bomb = 'my $n = 0; while (defined(my $p = fork)) { if (!$p) { sleep 3; exit } $n++ } print $n';
      const forks = Number((await job(1, `perl -e '${bomb}'`)).output);
      expect([forks > 10, forks < 100]).toEqual([true, true]);
      await expectOthersToWork();
    },
    2 * minute,
  );

  it(
    'let a full workspace and full logs of one runner disturb no other',
    async () => {
      for (const folder of ['_work', '_diag']) {
        const { code, output } = await job(1, `head -c 20M /dev/zero >${folder}/fill`);
        expect([code, output]).toEqual([1, expect.stringContaining('No space left on device')]);
      }
      await expectOthersToWork();
    },
    2 * minute,
  );

  it(
    'let no runner fill the log partition that all share',
    async () => {
      const lines = 'head -c 10M /dev/zero | tr "\\0" x | fold >/proc/1/fd/1';
      expect((await job(1, lines)).code).toBe(0);
      const path = await docker('inspect', '--format', '{{.LogPath}}', stack.container('github-runner-1'));
      const bytes = () => globSync(`${path}*`).reduce((sum, file) => sum + statSync(file).size, 0);
      expect(bytes()).toBeGreaterThan(50_000);
      expect(bytes()).toBeLessThan(250_000);
      await expectOthersToWork();
    },
    2 * minute,
  );

  it(
    'come up with runner-token too: each registers itself, once, and Runnerwatch tells of the token',
    async () => {
      await job(1, 'rm -f _work/fill');
      // The first runner may be restarted for its full logs, and is told then that it keeps what it has.
      const given = async () => (await stack.granted()).filter((grant) => grant !== `${name}-1 kept`);
      const before = await given();
      await stack.up([...files, 'runner-token', own], '--profile', 'runners-5');
      await expectEachOnce();
      expect(await given()).toEqual(before);
      const holders = async () => {
        const text = await (await fetch(`${stack.url}/metrics`)).text();
        const lines = text.matchAll(/^runnerwatch_runner_fact\{(?=.*fact="github_token").*runner="([^"]+)".*\} 1$/gm);
        return [...lines].map(([, runner]) => runner).sort();
      };
      await expect.poll(holders, { timeout: minute, interval: 1000 }).toEqual(five);
      await expectOthersToWork();
    },
    8 * minute,
  );
});
