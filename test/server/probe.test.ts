import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttp, startTcp } from '../support/probe/servers.ts';
import { seriesValue, startServer } from '../support/server.ts';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

let server: Awaited<ReturnType<typeof startServer>>;
let web = '';
let silent = '';

async function ask(query: string, headers: Record<string, string> = {}) {
  const start = performance.now();
  const answer = await fetch(`${server.url}/probe?${query}`, { headers });
  return { status: answer.status, text: await answer.text(), ms: performance.now() - start };
}

beforeAll(async () => {
  const serve = stack.use(
    await startHttp(({ headers }, response) => {
      response.end(headers.authorization === 'Bearer open-sesame' ? 'let in' : `host ${headers.host}`);
    }),
  );
  const mute = stack.use(await startTcp(() => undefined));
  web = `http://127.0.0.1:${serve.port}/`;
  silent = `127.0.0.1:${mute.port}`;
  const settings = {
    docker: { host: 'unix:///nonexistent' },
    modules: {
      login: {
        prober: 'http',
        timeout: '2s',
        http: {
          bearer_token: 'open-sesame',
          headers: { 'X-Api-Key': 'also-secret', Accept: 'text/html' },
          fail_if_body_not_matches_regexp: ['^let in$'],
        },
      },
      banner: { prober: 'tcp', tcp: { query_response: [{ send: 'PASS hush' }, { expect: '^220' }] } },
      with_host: { prober: 'http', http: { headers: { Host: 'a.lan' } } },
    },
    targets: [
      {
        name: 'home',
        address: '127.0.0.1',
        labels: { room: 'cellar' },
        modules: [
          { module: 'http_2xx', address: web },
          { module: 'login', address: web },
          { module: 'banner', address: silent },
          { module: 'with_host', address: web },
        ],
      },
      { name: 'other', address: '127.0.0.1', modules: [{ module: 'http_2xx', address: web }] },
    ],
    collectors: { tcp: { probe_timeout: '1s' } },
    probe: { concurrency: 2 },
  };
  server = stack.use(await startServer({ settings }));
});

describe('/probe', () => {
  it.each([
    ['the name of a target', () => 'home'],
    ['the address that the module probes', () => encodeURIComponent(web)],
  ])('takes %s, and gives no label that the scraper gives', async (_, target) => {
    const { status, text } = await ask(`target=${target()}`);
    expect([status, seriesValue(text, 'probe_success')]).toEqual([200, 1]);
    expect(text).not.toMatch(/target=|address=|module=|room=/);
  });

  it.each(['127.0.0.2', 'http://127.0.0.1:1/', '169.254.169.254', 'cellar'])('probes no %s', async (target) => {
    const { status, text } = await ask(`target=${encodeURIComponent(target)}&module=http_2xx`);
    expect(status).toBe(403);
    expect(text).toContain('probe.allow_any_target');
  });

  it('asks no target with the module of another, whose token it would be told', async () => {
    expect((await ask('target=other')).status).toBe(200);
    expect((await ask('target=other&module=login')).status).toBe(403);
    expect((await ask('target=home&module=icmp')).status).toBe(403);
  });

  it('shows log, metrics and module for debug=true, and no secret', async () => {
    const { text } = await ask('target=home&module=login&debug=true');
    expect(text).toMatch(/^Logs for the probe:\nts=\S+ level=info msg="Beginning probe" module=login /);
    expect(text).toContain('msg="received HTTP response" status=200');
    expect(text).toContain('\nMetrics that would have been returned:\n# HELP probe_success');
    expect(text).toContain('\nModule configuration:\nprober: http\ntimeout: 2s\nhttp:\n');
    expect(text).toContain('- ^let in$');
    expect(text).toContain('Accept: text/html');
    expect(text).not.toMatch(/open-sesame|also-secret/);
    expect((await ask('target=home&module=banner&debug=true')).text).not.toContain('hush');
  });

  it.each([
    ["the scraper's time, less half a second", 'banner', '1.2', 700],
    ["the collector's own where the scraper says nothing", 'banner', '', 1000],
  ])('takes %s', async (_, module, seconds, expected) => {
    const { text, ms } = await ask(`target=home&module=${module}`, { 'X-Prometheus-Scrape-Timeout-Seconds': seconds });
    expect(seriesValue(text, 'probe_success')).toBe(0);
    expect(ms).toBeGreaterThan(expected - 50);
    expect(ms).toBeLessThan(expected + 450);
  });

  it('asks for a virtual host, but for none beside the one of the module', async () => {
    expect((await ask('target=home&hostname=b.lan')).status).toBe(200);
    const { status, text } = await ask('target=home&module=with_host&hostname=b.lan');
    expect([status, text]).toEqual([
      400,
      "host header defined both in module configuration (a.lan) and with URL-parameter 'hostname' (b.lan)\n",
    ]);
  });

  it('probes no more at once than allowed, delays no scrape, and says so to those whose time ends in waiting', async () => {
    const many = Array.from({ length: 6 }, () => ask('target=home&module=banner'));
    const start = performance.now();
    await server.metrics();
    expect(performance.now() - start).toBeLessThan(500);
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThanOrEqual(2);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(2);
  });

  it('answers a post with 404', async () => {
    expect((await fetch(`${server.url}/probe?target=home`, { method: 'POST' })).status).toBe(404);
  });
});

describe('the schedule', () => {
  it('gives the same with target, address, module and the own labels', async () => {
    await server.reload();
    const on = `{room="cellar",target="home",address="${web}",module="http_2xx"}`;
    for (let turn = 0; turn < 50; turn++) {
      if (seriesValue(await server.metrics(), `probe_success${on}`) === 1) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const text = await server.metrics();
    expect(seriesValue(text, `probe_success${on}`)).toBe(1);
    expect(seriesValue(text, `probe_http_status_code${on}`)).toBe(200);
    expect(text).toContain('probe_http_duration_seconds{room="cellar",target="home"');
  });
});
