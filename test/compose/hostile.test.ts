import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { buildImage } from '../story/stack.ts';
import { buildOverlayImages, type ComposeStack, composeStack } from '../support/compose-stack.ts';
import { docker, tryDocker } from '../support/docker-cli.ts';
import { TEST_TOKEN } from '../support/github-emulator/index.ts';
import { startLanHost } from '../support/lan-host.ts';
import { temporaryFolder } from '../support/processes.ts';
import { imageTag, needs } from '../support/services.ts';

const minute = 60_000;
const missing = needs('docker') || needs('compose') || needs('netns');
const name = 'rw-hostile';
const lanHost = '10.213.77.2';

interface Try {
  readonly name: string;
  readonly result: string;
  readonly detail: string;
}

interface AuditRecord {
  readonly event: { readonly action: string };
  readonly labels: Readonly<Record<string, string>>;
}

/** The shipped stack with its firewall, in which one runner's next job is a hostile one. */
describe.skipIf(missing)('a hostile job', () => {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  let compose: ComposeStack;
  let tries: readonly Try[];
  let audit: readonly AuditRecord[];
  let metrics: string;

  beforeAll(async () => {
    await Promise.all([buildImage(), buildOverlayImages()]);
    stack.use(await startLanHost([lanHost], '10.213.77.1', [22]));
    compose = stack.use(await composeStack({ name, subnet: '172.31.236' }));
    await compose.up(['firewall', withJob(folder.path)]);
    const ofNetwork = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
    const addresses = async (service: string) => docker('inspect', '--format', ofNetwork, compose.container(service));
    const facts = {
      PROXY_ADDRESSES: await addresses('docker-socket-proxy'),
      OTHER_ADDRESS: await addresses('github-runner-2'),
      GATEWAY: '172.31.236.1',
      LAN_HOST: lanHost,
    };
    const lines = Object.entries(facts).map(([key, value]) => `${key}='${value.trim()}'\n`);
    writeFileSync(join(folder.path, 'facts.env'), lines.join(''));
    await compose.exec('github-runner-2', 'touch', '/home/runner/_work/other-runner');
    tries = await runJob(compose);
    const log = await compose.exec('runnerwatch', 'cat', '/var/lib/runnerwatch/audit/audit.jsonl');
    audit = recordsIn(log.output);
    metrics = await (await fetch(`${compose.url}/metrics`)).text();
  }, 12 * minute);
  afterAll(() => stack.disposeAsync(), minute);

  it('would get it where it could: the tries themselves work', async () => {
    const planted = join(folder.path, 'planted');
    writeFileSync(planted, TEST_TOKEN);
    const mounts = [`${folder.path}:/hostile:ro`, `${planted}:/opt/token`, '/var/run/docker.sock:/var/run/docker.sock'];
    const { output } = await tryDocker(
      ...[
        'run',
        '--rm',
        '--user',
        'root',
        '--env',
        `GITHUB_TOKEN=${TEST_TOKEN}`,
        '--env',
        'RUNNER_BROKER_URL=http://x:1',
      ],
      ...mounts.flatMap((mount) => ['--volume', mount]),
      ...[imageTag('RUNNER_STANDIN_IMAGE'), 'bash', '/hostile/job.sh'],
    );
    const got = triesIn(output).filter(({ result }) => result === 'got');
    const places = ['/', '/etc', '/usr/bin', '/opt', '/run', '/var/lib', '/home'].map((place) => `write to ${place}`);
    expect(got.map(({ name: tried }) => tried)).toEqual([
      ...['token in the environment', 'token in files', 'token in processes', 'Docker: the socket'],
      ...places,
      ...['sudo', 'capabilities', 'the LAN'],
    ]);
  });

  it('has tried all that it can', () => {
    expect(tries.length).toBeGreaterThan(25);
    expect(tries.map(({ name: tried }) => tried)).toEqual(
      expect.arrayContaining(['token in files', 'the LAN', 'sudo']),
    );
  });

  it('gets nothing', () => {
    expect(tries.filter(({ result }) => result !== 'nothing')).toEqual([]);
  });

  it('is refused where it asks, in the way that was meant', () => {
    const detail = (tried: string) => tries.find((one) => one.name === tried)?.detail;
    expect(detail('broker: registration')).toContain('"outcome":"already-granted"');
    expect(detail('broker: just in time')).toContain('"outcome":"already-granted"');
    expect(detail('broker: a guessed key')).toContain('"outcome":"bad-key"');
    expect(detail('broker: as behind a proxy')).toContain('came through a proxy');
    expect(detail('broker: its own removal')).toContain('"outcome":"working"');
    expect(detail('Runnerwatch: report for another')).toContain('403');
    expect(detail('Runnerwatch: restart others')).toContain('404');
    expect(detail('Runnerwatch: silence')).toContain('404');
  });

  it('leaves the runners at GitHub as they were', () => {
    const known = compose.github.runners().map(({ name: runner, status }) => `${runner} ${status}`);
    expect(known.sort()).toEqual([`${name}-1 online`, `${name}-2 online`]);
  });

  it('is seen: in the audit log, with who ran it, and in the metrics', () => {
    const runner = `${name}-1`;
    const refused = audit.filter(({ event }) => event.action === 'runner-token-refused');
    expect(refused.map(({ labels }) => [labels.runner, labels.why])).toEqual(
      expect.arrayContaining([
        [runner, 'already-granted'],
        [runner, 'bad-key'],
        [runner, 'working'],
      ]),
    );
    const reported = audit.filter(({ event }) => event.action === 'job-reported');
    expect(reported.map(({ labels }) => labels)).toMatchObject([
      { runner, phase: 'started', repository: 'octo/homelab', job: 'hostile', actor: 'mona', run_id: '1' },
      { runner, phase: 'completed', repository: 'octo/homelab' },
    ]);
    expect(JSON.stringify(audit)).not.toContain('octo/forged');
    const value = (series: string) =>
      Number(
        metrics
          .split('\n')
          .find((line) => line.startsWith(series))
          ?.split(' ')[1],
      );
    expect(value('runnerwatch_runner_token_requests_total{outcome="already-granted"}')).toBe(2);
    expect(value('runnerwatch_runner_token_requests_total{outcome="bad-key"}')).toBe(1);
    expect(value('runnerwatch_runner_token_requests_total{outcome="granted"}')).toBe(2);
  });

  it(
    'gets no token by what it left in its container for the next start',
    async () => {
      const runner = compose.container('github-runner-1');
      const trap = 'cd && echo "env >/tmp/caught" >>config.sh && rm .runner';
      await docker('exec', runner, 'bash', '-c', trap);
      await docker('restart', runner);
      const refused = async () => {
        const log = await compose.exec('runnerwatch', 'cat', '/var/lib/runnerwatch/audit/audit.jsonl');
        return recordsIn(log.output).map(({ labels }) => labels.reason);
      };
      const reason =
        "/home/runner/config.sh is not the image's any more, by an update or by a job: make the container anew " +
        '(docker compose up -d --force-recreate github-runner-1)';
      await expect.poll(refused, { timeout: minute, interval: 500 }).toContain(reason);
      expect((await tryDocker('exec', runner, 'cat', '/tmp/caught')).code).not.toBe(0);
      expect(compose.github.runners().filter(({ status }) => status === 'online')).toMatchObject([
        { name: `${name}-2` },
      ]);
    },
    2 * minute,
  );
});

function recordsIn(output: string): readonly AuditRecord[] {
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** An overlay that makes what is in the folder the job of the first runner. */
function withJob(folder: string): string {
  // For the user of the container too.
  chmodSync(folder, 0o755);
  const overlay = join(folder, 'compose.hostile.yaml');
  const runner = { environment: { STANDIN_JOB_SCRIPT: '/hostile/job.sh' }, volumes: [`${folder}:/hostile:ro`] };
  copyFileSync(new URL('hostile/job.sh', import.meta.url), join(folder, 'job.sh'));
  writeFileSync(overlay, stringify({ services: { 'github-runner-1': runner } }));
  return overlay;
}

async function runJob({ github, container }: ComposeStack): Promise<readonly Try[]> {
  github.queueJob({ name: 'hostile', runner: `${name}-1`, seconds: 0 });
  await github.waitFor(({ jobs }) => jobs[0]?.status === 'completed', minute);
  const log = await tryDocker('exec', container('github-runner-1'), 'cat', '/home/runner/_diag/step.log');
  if (!log.output.includes('DONE')) throw new Error(`the job did not run to its end: ${log.output}`);
  return triesIn(log.output);
}

function triesIn(output: string): readonly Try[] {
  return [...output.matchAll(/^TRY (.+?) (got|nothing): (.*)/gm)].map(([, tried = '', result = '', detail = '']) => ({
    name: tried,
    result,
    detail,
  }));
}
