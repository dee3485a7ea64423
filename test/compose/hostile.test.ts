import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readShipped } from '../shipped/tools.ts';
import { buildImage } from '../story/stack.ts';
import { buildOverlayImages, type ComposeStack, composeStack } from '../support/compose-stack.ts';
import { docker, tryDocker } from '../support/docker-cli.ts';
import { TEST_TOKEN } from '../support/github-emulator/index.ts';
import { startLanHost } from '../support/lan-host.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue } from '../support/server.ts';
import { imageTag, needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';
import { finds, kinds, type Trace } from './hostile/tries.ts';

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

describe('docs/security.md', () => {
  it.each([...new Set(kinds.map(({ row }) => row))])('says where it is seen when a job %s', (row) => {
    expect(readShipped('docs/security.md')).toContain(`| ${row} `);
  });
});

/** The shipped stack with its firewall, in which one runner's next job is a hostile one. */
describe.skipIf(missing)('a hostile job', () => {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  let compose: ComposeStack;
  let tries: readonly Try[];
  let audit: readonly AuditRecord[];
  let decoy: string;
  let before: string;
  let metrics: string;
  const scrape = async () => (await fetch(`${compose.url}/metrics`)).text();

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
      OTHER_RUNNER: `${name}-2`,
      OTHER_ID: String(compose.github.runners().find((runner) => runner.name === `${name}-2`)?.id),
      GATEWAY: '172.31.236.1',
      LAN_HOST: lanHost,
    };
    const lines = Object.entries(facts).map(([key, value]) => `${key}='${value.trim()}'\n`);
    writeFileSync(join(folder.path, 'facts.env'), lines.join(''));
    await compose.exec('github-runner-2', 'touch', '/home/runner/_work/other-runner');
    decoy = (await compose.exec('github-runner-1', 'cat', '/run/runner-key/decoy')).output;
    before = await scrape();
    tries = await runJob(compose);
    // The firewall writes its counters every few seconds.
    const counted = async () => {
      metrics = await scrape();
      return metricsOf(kinds.map(({ trace }) => trace)).every((either) => grown(either) >= triesSeenIn(either));
    };
    await waitUntil(counted, { timeoutMs: minute, what: () => metrics }).catch(() => undefined);
    const log = await compose.exec('runnerwatch', 'cat', '/var/lib/runnerwatch/audit/audit.jsonl');
    audit = recordsIn(log.output);
  }, 12 * minute);
  afterAll(() => stack.disposeAsync(), minute);

  /** By how much one of these series has grown, or all of them together. */
  function grown(either: readonly string[]): number {
    const sum = (text: string) => either.reduce((all, series) => all + (seriesValue(text, series) ?? 0), 0);
    return sum(metrics) - sum(before);
  }

  it(
    'would get it where it could: the tries themselves work',
    async () => {
      const planted = join(folder.path, 'planted');
      writeFileSync(planted, TEST_TOKEN);
      const mounts = [
        `${folder.path}:/hostile:ro`,
        `${planted}:/opt/token`,
        '/var/run/docker.sock:/var/run/docker.sock',
      ];
      const env = { GITHUB_TOKEN: TEST_TOKEN, RUNNER_BROKER_URL: 'http://x:1' };
      const { output } = await tryDocker(
        ...['run', '--rm', '--user', 'root'],
        ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
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
    },
    2 * minute,
  );

  it('has tried all that is told of, and nothing else', () => {
    const told = new Set([...finds, ...kinds.flatMap((kind) => kind.tries)]);
    expect(tries.map(({ name: tried }) => tried).sort()).toEqual([...told].sort());
  });

  it('finds nothing but the decoy of its runner', () => {
    expect(decoy).toMatch(/^ghp_[A-Za-z0-9]{30,}$/);
    const found = tries.filter(({ name: tried }) => finds.includes(tried));
    expect(found).toEqual(finds.map((find) => ({ name: find, result: 'got', detail: decoy })));
  });

  it('gets nothing', () => {
    expect(tries.filter(({ name: tried, result }) => !finds.includes(tried) && result !== 'nothing')).toEqual([]);
  });

  it.each(kinds.flatMap(({ tries: all, answer }) => (answer ? all.map((each) => [each, answer] as const) : [])))(
    'is answered as was meant: %s',
    (tried, answer) => {
      expect(tries.find((one) => one.name === tried)?.detail).toContain(answer);
    },
  );

  it.each(
    kinds.flatMap(({ tries: all, trace }) => (trace.audit ? all.map((each) => [each, trace.audit] as const) : [])),
  )('is seen in the audit log, with its runner: %s', (_, { action, ...labels } = { action: '' }) => {
    const runner = `${name}-1`;
    const found = audit.filter(({ event }) => event.action === action).map((record) => record.labels);
    expect(found).toContainEqual(expect.objectContaining({ runner, ...labels }));
  });

  it.each(metricsOf(kinds.map(({ trace }) => trace)))('is seen in a metric, once for each try: %s', (...either) => {
    expect(grown(either)).toBeGreaterThanOrEqual(triesSeenIn(either));
  });

  it('is not seen where nothing is to be had, and nothing else is told of it', () => {
    const own = audit.filter(({ labels }) => labels.runner === `${name}-1`);
    const told = own.filter(({ event }) => /refused|denied/.test(event.action));
    expect(told).toHaveLength(
      kinds.flatMap((kind) => (kind.trace.audit ? kind.tries : [])).length + mainPortRecords(own),
    );
  });

  it('leaves the runners at GitHub as they were', () => {
    const known = compose.github.runners().map(({ name: runner, status }) => `${runner} ${status}`);
    expect(known.sort()).toEqual([`${name}-1 online`, `${name}-2 online`]);
  });

  it('is known: who ran it is in the audit log beside it', () => {
    const reported = audit.filter(({ event }) => event.action === 'job-reported');
    const runner = `${name}-1`;
    expect(reported.map(({ labels }) => labels)).toMatchObject([
      { runner, phase: 'started', repository: 'octo/homelab', job: 'hostile', actor: 'mona', run_id: '1' },
      { runner, phase: 'completed', repository: 'octo/homelab' },
    ]);
    expect(JSON.stringify(audit)).not.toContain('octo/forged');
    expect(seriesValue(metrics, 'runnerwatch_runner_token_requests_total{outcome="granted"}')).toBe(2);
  });

  it(
    'gets no token by what it left in its container for the next start',
    async () => {
      const runner = compose.container('github-runner-1');
      const trap = 'cd && echo "env >/tmp/caught" >>config.sh && rm .runner';
      await docker('exec', runner, 'bash', '-c', trap);
      const changed = 'runnerwatch_runner_programs_changed{runner="rw-hostile-1",name="rw-hostile-github-runner-1-1"}';
      const files = changed.replace('programs_changed', 'changed_files');
      expect([changed, files].map((series) => seriesValue(metrics, series))).toEqual([0, 0]);
      await expect.poll(async () => seriesValue(await scrape(), changed), { timeout: minute, interval: 500 }).toBe(1);
      expect(seriesValue(await scrape(), files)).toBeGreaterThanOrEqual(1);
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

/** Each way in which tries show in metrics, once. */
function metricsOf(traces: readonly Trace[]): readonly (readonly string[])[] {
  const all = traces.flatMap(({ metrics = [] }) => (metrics.length > 0 ? [metrics] : []));
  return [...new Map(all.map((metrics) => [metrics.join(), metrics])).values()];
}

function triesSeenIn(metrics: readonly string[]): number {
  return kinds.filter(({ trace }) => trace.metrics?.join() === metrics.join()).flatMap((kind) => kind.tries).length;
}

/** Where the firewall does not see what goes to a neighbour, Runnerwatch tells of the main port itself. */
function mainPortRecords(records: readonly AuditRecord[]): number {
  return records.filter(({ labels }) => labels.reason === 'port').length;
}

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
  const environment = { STANDIN_JOB_SCRIPT: '/hostile/job.sh', RUNNER_DOCKER_DECOY: 'true' };
  const runner = { environment, volumes: [`${folder}:/hostile:ro`] };
  const runnerwatch = { environment: { RUNNERWATCH_COLLECTORS_RUNNER_PROGRAMS_INTERVAL: '10s' } };
  copyFileSync(new URL('hostile/job.sh', import.meta.url), join(folder, 'job.sh'));
  writeFileSync(overlay, stringify({ services: { 'github-runner-1': runner, runnerwatch } }));
  return overlay;
}

async function runJob({ github, container }: ComposeStack): Promise<readonly Try[]> {
  github.queueJob({ name: 'hostile', runner: `${name}-1`, seconds: 0 });
  await github.waitFor(({ jobs }) => jobs[0]?.status === 'completed', 3 * minute);
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
