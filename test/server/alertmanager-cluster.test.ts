import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAlertmanager, temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { freePort, needs } from '../support/services.ts';
import { createSink, type Sink } from '../support/sink.ts';
import { waitUntil } from '../support/wait.ts';

const nodes = 3;

function rules(expr: string): string {
  return `
groups:
  - name: g
    rules: [{ alert: Told, expr: "${expr}", labels: { severity: page }, annotations: { summary: "{{ $value }}" } }]
`;
}

function routing(sink: Sink): string {
  return `
route: { receiver: team, group_by: [alertname], group_wait: 1s, group_interval: 2s, repeat_interval: 1h }
receivers: [{ name: team, webhook_configs: [{ url: "http://127.0.0.1:${sink.port}/" }] }]
`;
}

/** Nodes that know each other; a node waits for those before it, by default 15 s, here a second. */
async function startCluster(stack: AsyncDisposableStack, configText: string): Promise<readonly string[]> {
  const ports = await Promise.all(Array.from({ length: nodes }, freePort));
  const peers = ports.map((port) => `--cluster.peer=127.0.0.1:${port}`);
  const timing = ['--cluster.peer-timeout=1s', '--cluster.gossip-interval=50ms', '--cluster.settle-timeout=1s'];
  const started = await Promise.all(
    ports.map((port) => {
      const listen = [`--cluster.listen-address=127.0.0.1:${port}`, `--cluster.advertise-address=127.0.0.1:${port}`];
      return startAlertmanager({ configText, args: [...listen, ...peers, ...timing] });
    }),
  );
  for (const each of started) stack.use(each);
  const urls = started.map(({ url }) => url);
  const joined = async (url: string): Promise<boolean> => {
    const { cluster } = (await (await fetch(`${url}/api/v2/status`)).json()) as { cluster: { peers?: unknown[] } };
    return cluster.peers?.length === nodes;
  };
  await waitUntil(async () => (await Promise.all(urls.map(joined))).every(Boolean), {
    timeoutMs: 20_000,
    what: () => 'a cluster of all nodes',
  });
  return urls;
}

describe.skipIf(needs('alertmanager'))('a cluster of three real Alertmanagers', () => {
  const stack = new AsyncDisposableStack();
  let sink: Sink;
  let urls: readonly string[] = [];

  beforeAll(async () => {
    sink = stack.use(await createSink());
    urls = await startCluster(stack, routing(sink));
  }, 40_000);
  afterAll(() => stack.disposeAsync());

  it('is told every alert by Runnerwatch, each node of it, and tells it once', { timeout: 40_000 }, async () => {
    using folder = temporaryFolder({ 'a.rules.yml': rules('vector(7) > 1') });
    const own = { files: [join(folder.path, 'a.rules.yml')], evaluation_interval: '1s' };
    const alertmanagers = urls.map((url) => ({ url }));
    await using server = await startServer({ settings: { rules: own, alertmanagers } });
    const isFiring = (body: unknown): body is { alerts: readonly { endsAt: string }[] } =>
      JSON.stringify(body).includes('"firing"');
    const { alerts } = await sink.waitFor(isFiring, 30_000);
    expect(alerts).toMatchObject([{ status: 'firing', labels: { alertname: 'Told' }, annotations: { summary: '7' } }]);
    for (const url of urls) {
      const held = (await (await fetch(`${url}/api/v2/alerts`)).json()) as { updatedAt: string; endsAt: string }[];
      expect(held).toMatchObject([{ generatorURL: expect.stringContaining('g0.expr=vector') }]);
      // Four times the minute after which it is said again.
      expect(
        held.map(({ updatedAt, endsAt }) => Math.round((Date.parse(endsAt) - Date.parse(updatedAt)) / 1000)),
      ).toEqual([240]);
    }
    // Longer than every node's turn to speak.
    await delay(4000);
    expect(sink.bodies.length).toBe(1);
    const metrics = await server.metrics();
    const sent = urls.map((url) =>
      seriesValue(metrics, `runnerwatch_alertmanager_alerts_total{alertmanager="${url}",outcome="sent"}`),
    );
    expect(sent).toEqual([1, 1, 1]);
    // It is routed there alone.
    expect(await (await fetch(`${server.url}/api/v2/alerts`)).json()).toEqual([]);
  });
});

describe('a real Alertmanager beside the routing here', () => {
  it('is told the same alerts', async () => {
    await using here = await createSink();
    await using there = await createSink();
    using folder = temporaryFolder({ 'a.rules.yml': rules('vector(8) > 1'), 'am.yml': routing(here) });
    const own = { files: [join(folder.path, 'a.rules.yml')], evaluation_interval: '1s' };
    const alertmanager = { config_file: join(folder.path, 'am.yml') };
    const alertmanagers = [{ url: `http://127.0.0.1:${there.port}` }];
    await using server = await startServer({ settings: { rules: own, alertmanager, alertmanagers } });
    const isTold = (body: unknown): body is unknown => JSON.stringify(body).includes('"Told"');
    const labels = { alertname: 'Told', severity: 'page' };
    expect(await there.waitFor(isTold, 10_000)).toMatchObject([{ labels, annotations: { summary: '8' } }]);
    expect(await here.waitFor(isTold, 10_000)).toMatchObject({ alerts: [{ labels, status: 'firing' }] });
    expect(await (await fetch(`${server.url}/api/v2/alerts`)).json()).toMatchObject([{ labels }]);
  });
});
