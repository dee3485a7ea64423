import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAlertmanager, temporaryFolder } from '../support/processes.ts';
import { startServer } from '../support/server.ts';
import { binary, needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

const routing = `
route:
  receiver: team
  group_by: [alertname]
  group_wait: 0s
  routes:
    - { matchers: [severity="page"], receiver: pager, continue: true }
    - { matchers: [team=~"a|b"], receiver: ab, mute_time_intervals: [always] }
receivers: [{ name: team, webhook_configs: [{ url: "http://127.0.0.1:1/the-secret" }] }, { name: pager }, { name: ab }]
inhibit_rules: [{ source_matchers: [alertname=Wan], target_matchers: [alertname=Runner], equal: [site] }]
time_intervals: [{ name: always, time_intervals: [{ years: ["1970:2100"] }] }]
`;

const run = promisify(execFile);

/** What differs between two runs is put out of sight: ids, and times with what stands for them. */
function plain(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?UTC|Z)?/g, 'TIME')
    .replaceAll(/ +$/gm, '');
}

describe.skipIf(needs('amtool') || needs('alertmanager'))('amtool, beside a real Alertmanager', () => {
  const stack = new AsyncDisposableStack();
  const urls: string[] = [];

  beforeAll(async () => {
    const folder = stack.use(temporaryFolder({ 'alertmanager.yml': routing }));
    const settings = { rules: { files: [] }, alertmanager: { config_file: join(folder.path, 'alertmanager.yml') } };
    const ours = stack.use(await startServer({ settings }));
    const real = stack.use(await startAlertmanager({ configText: routing }));
    urls.push(real.url, ours.url);
  }, 30_000);
  afterAll(() => stack.disposeAsync());

  async function amtool(url: string, args: readonly string[]): Promise<string> {
    const all = [...args, '--alertmanager.url', url, '--no-version-check'];
    const { stdout, stderr } = await run(binary('amtool'), all, {
      timeout: 10_000,
      env: { HOME: '/', TZ: 'UTC' },
    }).catch((error: { stdout: string; stderr: string; code: number }) => ({
      stdout: error.stdout,
      stderr: `${error.stderr}exit ${error.code}\n`,
    }));
    return `${stdout}${stderr}`;
  }

  /** Ours, after it was found to be what the real one's is. */
  async function both(...args: readonly string[]): Promise<string> {
    const [real = '', ours = ''] = (await Promise.all(urls.map((url) => amtool(url, args)))).map(plain);
    expect(ours).toBe(real);
    return ours;
  }

  it('adds and queries alerts, with filters, receivers and states', async () => {
    const end = '--end=2100-01-01T00:00:00Z';
    await both('alert', 'add', 'Wan', 'site=x', 'severity=page', '--annotation=summary=down', end);
    await both('alert', 'add', 'Runner', 'site=x', 'team=a', end, '--generator-url=http://g/?a=b');
    await both('alert', 'add', 'Muted', 'team=b', end);
    await both('alert', 'add', 'alertname=Disk', 'site=y', 'name=a b', end);
    expect(await both('alert', 'query', '--output=extended')).toContain('summary="down"');
    expect(await both('alert', 'query', 'Disk')).toContain('Disk');
    expect(await both('alert', 'query', 'alertname=~"W.*|D.*"', 'site!="y"')).toContain('Wan');
    expect(await both('alert', 'query', '--inhibited')).toContain('Runner');
    expect(await both('alert', 'query', '--active', '--receiver=pa.*')).toContain('Wan');
    expect(await both('alert', 'query', '--silenced', '--unprocessed')).not.toContain('Wan');
  });

  it('shows the same alerts and groups as JSON', async () => {
    const seen = async () => (await fetch(`${urls[0]}/api/v2/alerts/groups`)).text();
    await waitUntil(async () => (await seen()).includes('always'), { timeoutMs: 10_000, what: () => 'a muted group' });
    for (const path of ['alerts', 'alerts/groups', 'alerts/groups?muted=false', 'alerts?active=no', 'receivers']) {
      const texts = urls.map(async (url) => {
        const answer = (await (await fetch(`${url}/api/v2/${path}`)).json()) as unknown[];
        // Labels of a receiver are new in 0.33 and no part of the API's description.
        return plain(JSON.stringify(answer).replaceAll(/"labels":\{"name":"[^"]*"\},(?="name")/g, ''));
      });
      const [real = '', ours = ''] = await Promise.all(texts);
      expect(JSON.parse(ours)).toEqual(JSON.parse(real));
      expect(JSON.parse(ours)).not.toEqual([]);
    }
  });

  it('adds, queries, updates and expires silences', async () => {
    await both('silence', 'add', 'alertname=Disk', '--comment=why', '--author=me', '--duration=2h');
    await both('silence', 'add', 'team=~"a|c"', 'site!="z"', '--comment=two', '--author=you', '--duration=3h');
    expect(await both('alert', 'query', '--silenced')).toContain('Disk');
    expect(await both('silence', 'query', '--output=extended')).toContain('why');
    expect(await both('silence', 'query', 'alertname=Disk')).not.toContain('team');
    expect(await both('silence', 'query', '--created-by=you')).toContain('team');
    const ids = await Promise.all(urls.map((url) => amtool(url, ['silence', 'query', '-q', 'alertname=Disk'])));
    const each = (...args: readonly string[]) =>
      Promise.all(urls.map(async (url, index) => plain(await amtool(url, [...args, ids[index]?.trim() ?? '']))));
    const [realUpdate, ourUpdate] = await each('silence', 'update', '--comment=longer', '--duration=5h');
    expect(ourUpdate).toBe(realUpdate);
    expect(ourUpdate).toContain('longer');
    const kept = await Promise.all(urls.map((url) => amtool(url, ['silence', 'query', '-q', 'alertname=Disk'])));
    expect(kept).toEqual(ids);
    const [realExpire, ourExpire] = await each('silence', 'expire');
    expect(ourExpire).toBe(realExpire);
    expect(await both('silence', 'query', '--expired')).toContain('Disk');
    expect(await both('silence', 'query')).not.toContain('Disk');
    expect(await both('silence', 'add', 'a=~".*"', '--comment=x', '--author=me')).toContain('empty string');
    expect(await both('silence', 'add', 'a=b', '--comment=x', '--author=me', '--end=2001-01-01T00:00:00Z')).toContain(
      'error',
    );
    expect(await both('silence', 'expire', '7b6b1c1e-6b0e-4b57-8d3e-0a3f7a0e3b11')).toContain('exit 1');
  });

  it('finds the routes in what the API shows of the configuration, and no secret', async () => {
    expect(await both('config', 'routes', 'test', 'severity=page', 'team=a')).toBe('pager,ab\n');
    expect(await both('config', 'routes', 'show')).toContain('receiver: pager');
    const status = await (await fetch(`${urls[1]}/api/v2/status`)).text();
    expect(status).not.toContain('the-secret');
    expect(status).toContain('always');
  });
});
