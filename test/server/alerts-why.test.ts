import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rfc3339, systemClock } from '../../src/lib/clock.ts';
import { runCli } from '../cli/run-cli.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { createSink, type Sink } from '../support/sink.ts';
import { waitUntil } from '../support/wait.ts';

const rules = `
groups:
  - name: g
    rules:
      - { alert: Fires, expr: vector(7) > 1, labels: { severity: page, host: ci-1 }, annotations: { summary: It fires. } }
      - { alert: Waits, expr: vector(1), for: 1h }
      - { alert: Rests, expr: vector(1) > 2 }
      - alert: Breaks
        expr: label_replace(vector(1), "x", "a", "", "") or label_replace(vector(1), "x", "b", "", "")
        labels: { x: c }
      - { alert: Held, expr: vector(1), labels: { severity: info } }
`;

function routing(sink: Sink, broken: Sink): string {
  return `
route:
  receiver: team
  group_by: [alertname]
  group_wait: 0s
  group_interval: 10m
  routes: [{ matchers: [severity="page"], receiver: pager }]
receivers:
  - { name: team, webhook_configs: [{ url: "http://127.0.0.1:${sink.port}/" }] }
  - { name: pager, webhook_configs: [{ url: "http://127.0.0.1:${broken.port}/" }] }
  - { name: nobody }
inhibit_rules: [{ source_matchers: [alertname=Fires], target_matchers: [alertname=Held] }]
`;
}

async function startAll(token?: string) {
  await using stack = new AsyncDisposableStack();
  const [sink, broken] = [stack.use(await createSink()), stack.use(await createSink())];
  broken.answer(400);
  const folder = stack.use(temporaryFolder({ 'r.yml': rules, 'a.yml': routing(sink, broken) }));
  const settings = {
    rules: { files: [join(folder.path, 'r.yml')], evaluation_interval: '1s' },
    alertmanager: { config_file: join(folder.path, 'a.yml'), ...(token === undefined ? {} : { token }) },
  };
  const server = stack.use(await startServer({ settings }));
  await waitUntil(() => broken.bodies.length > 0, { timeoutMs: 30_000, what: () => 'a notification to the pager' });
  const owned = stack.move();
  const cli = (...args: readonly string[]) => runCli(['alerts', ...args, '--url', server.url]);
  return { server, sink, broken, cli, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Times and spans as `T` and `S`, fingerprints as `F`. */
function stable(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'T')
    .replace(/\((?:in )?(?:\d+[dhms])+(?: ago)?\)/g, '(S)')
    .replace(/\b[0-9a-f]{16}\b/g, 'F')
    .replace(/of \/\S+\/r\.yml/g, 'of r.yml');
}

describe('alerts why', { timeout: 60_000 }, () => {
  it('tells the story of each alert, and of each rule without one', async () => {
    await using all = await startAll();
    const { server, cli } = all;
    const dead = await waitForDead(server.url);
    expect(dead).toMatchObject([
      { queue: 'pager/webhook[0]', attempts: 1, reason: 'the webhook answered with status 400' },
    ]);
    const fires = await cli('why', 'Fires');
    expect({ code: fires.code, lines: stable(fires.out).split('\n') }).toEqual({
      code: 0,
      lines: [
        'Fires{host="ci-1", severity="page"}: firing since T (S), value 7',
        '  fingerprint F',
        '  summary     It fires.',
        '  rule        group g of r.yml; evaluated T (S)',
        '  expr        vector(7) > 1',
        '  route       matches {severity="page"}: receiver pager, group {}/{severity="page"}:{alertname="Fires"}, next flush T (S)',
        '    pager/webhook[0]: told firing T (S): first notification',
        '    pager/webhook[0]: given up T (S): the webhook answered with status 400',
        '  history',
        '    T  pager/webhook[0]  given up: the webhook answered with status 400',
        '    T  pager/webhook[0]  told firing: first notification',
        '',
      ],
    });
    const held = await cli('why', 'Held');
    expect(stable(held.out)).toContain(
      '  held back   inhibited by Fires{host="ci-1", severity="page"} (fingerprint F)\n',
    );
    const waits = await cli('why', 'Waits');
    expect(stable(waits.out)).toMatch(/^Waits: pending since T \(S\), fires at T \(S\) if it goes on, value 1\n/);
    expect(waits.out).toContain('team/webhook[0]: nothing is told of what is pending\n');
    const rests = await cli('why', 'Rests');
    expect(stable(rests.out)).toBe(
      'Rests: inactive, its rule has no alert that is pending or firing\n' +
        '  rule        group g of r.yml; evaluated T (S)\n  expr        vector(1) > 2\n',
    );
    expect((await cli('why', 'Breaks')).out).toMatch(
      /its last evaluation failed\n.*\n.*\n {2}error +vector contains metrics with the same labelset/,
    );
  });

  it('says what is not known, with the names that come near', async () => {
    await using all = await startAll();
    const { cli, server } = all;
    expect(await cli('why', 'Fire')).toEqual({
      code: 1,
      out: '',
      err: 'found no rule and no alert that is called "Fire"\nthere are: Fires\n',
    });
    expect((await cli('why', 'Fires', '--label', 'host=ci-2')).out).toMatch(/^Fires: inactive/);
    const json = JSON.parse((await cli('why', 'Fires', '--json', '--label', 'host=~ci-.')).out);
    expect(json.alerts[0].history.at(-1)).toMatchObject({ what: 'told', count: 1 });
    const byPrint = JSON.parse((await cli('why', json.alerts[0].fingerprint, '--json')).out);
    expect(byPrint.alerts.map((each: { labels: unknown }) => each.labels)).toEqual([json.alerts[0].labels]);
    for (const query of ['', 'alertname=A&fingerprint=0123456789abcdef', 'fingerprint=x', 'alertname=A&filter=a']) {
      expect((await fetch(`${server.url}/api/v1/alerts/why?${query}`)).status).toBe(400);
    }
  });

  it('tells of a silence, of who made it and until when', async () => {
    await using all = await startAll();
    const { server, cli } = all;
    const matchers = [{ name: 'alertname', value: 'Posted', isRegex: false }];
    const [now, hour] = [systemClock.now(), 3_600_000];
    const times = { startsAt: rfc3339(now), endsAt: rfc3339(now + hour) };
    await post(`${server.url}/api/v2/silences`, { matchers, ...times, createdBy: 'ann', comment: 'new disk' });
    await post(`${server.url}/api/v2/alerts`, [{ labels: { alertname: 'Posted' }, generatorURL: 'http://prom/graph' }]);
    const { out } = await cli('why', 'Posted');
    expect(stable(out).replace(/[0-9a-f-]{36}/g, 'ID')).toBe(
      [
        'Posted: firing since T (S)',
        '  fingerprint F',
        '  rule        none here: it came by the API, from http://prom/graph',
        '  held back   silenced by ID until T (S), ann: "new disk"',
        '  route       matches no route below the root: receiver team, group {}:{alertname="Posted"}, next flush T (S)',
        '    team/webhook[0]: held back since T (S), until T (S): silenced by ID of ann: "new disk"',
        '  history',
        '    T  team/webhook[0]  suppressed: silenced by ID of ann: "new disk"',
        '',
      ].join('\n'),
    );
  });
});

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

async function deadAt(url: string): Promise<readonly { readonly id: number }[]> {
  const answer = await fetch(`${url}/api/v1/notifications/dead`);
  return ((await answer.json()) as { data: { letters: { id: number }[] } }).data.letters;
}

async function waitForDead(url: string): Promise<readonly { readonly id: number }[]> {
  await waitUntil(async () => (await deadAt(url)).length > 0, { timeoutMs: 10_000, what: () => 'a dead letter' });
  return deadAt(url);
}

describe('dead letters', { timeout: 60_000 }, () => {
  it('are listed, and sent again to where they were to go, or to another', async () => {
    await using all = await startAll();
    const { server, sink, broken, cli } = all;
    const [letter] = await waitForDead(server.url);
    const id = String(letter?.id);
    const listed = await cli('dead');
    expect(stable(listed.out).replace(/ {2,}/g, '  ')).toBe(
      'ID  DECIDED  GIVEN UP  QUEUE  GROUP  STATUS  ALERTS  ENDED SINCE  ATTEMPTS  REASON\n' +
        `${id}  T  T  pager/webhook[0]  {}/{severity="page"}:{alertname="Fires"}  firing  1 Fires  0  1  the webhook answered with status 400\n`,
    );
    const metrics = await server.metrics();
    expect(seriesValue(metrics, 'runnerwatch_notifications_dead')).toBe(1);
    expect(
      seriesValue(metrics, 'runnerwatch_notifications_given_up_total{integration="webhook",reason="client"}'),
    ).toBe(1);
    expect(
      seriesValue(metrics, 'runnerwatch_notifications_given_up_total{integration="webhook",reason="too-old"}'),
    ).toBe(0);

    const first = broken.bodies.length;
    expect(await cli('resend', id)).toEqual({ code: 0, out: `${id} is sent again to pager/webhook[0]\n`, err: '' });
    await waitUntil(() => broken.bodies.length > first, { timeoutMs: 10_000, what: () => 'another try' });
    expect(broken.bodies.at(-1)).toEqual(broken.bodies[0]);
    await waitForDead(server.url);

    expect(await cli('resend', id, '--to', 'gone')).toEqual({
      code: 1,
      out: '',
      err: `${id} is not sent: gone is not configured; choose one of: team, pager\n`,
    });
    expect((await cli('resend', '4711')).err).toBe('4711 is not sent: there is no such dead letter\n');
    expect((await cli('resend')).code).toBe(2);
    expect((await cli('resend', 'x')).code).toBe(2);
    expect((await cli('resend', '--all', '--to', 'nobody')).err).toBe(
      `${id} is not sent: receiver nobody has no integrations; choose one of: team, pager\n`,
    );

    const again = await cli('resend', '--all', '--to', 'team', '--json');
    expect(JSON.parse(again.out)).toEqual({ resent: [{ id: Number(id), queues: ['team/webhook[0]'] }], refused: [] });
    const isFires = (body: unknown): body is object => JSON.stringify(body).includes('"Fires"');
    expect(await sink.waitFor(isFires, 10_000)).toMatchObject({
      receiver: 'team',
      groupLabels: { alertname: 'Fires' },
    });
    expect((await cli('dead')).out).toBe('no notification was given up\n');
    expect((await cli('why', 'Fires')).out).toContain(`resent: dead letter ${id} is sent again by hand`);
  });

  it('are sent again only by who may', async () => {
    await using all = await startAll('the-token');
    const { server, cli } = all;
    const [letter] = await waitForDead(server.url);
    const url = `${server.url}/api/v1/notifications/resend`;
    expect((await post(url, { all: true })).status).toBe(401);
    expect((await post(url, { all: true }, { origin: 'http://evil.example' })).status).toBe(403);
    const headers = { authorization: 'Bearer the-token' };
    for (const body of [
      {},
      { ids: [] },
      { ids: [1], all: true },
      { ids: ['x'] },
      { all: false },
      { all: true, x: 1 },
    ]) {
      expect((await post(url, body, headers)).status).toBe(400);
    }
    const refused = await cli('resend', '--all');
    expect([refused.code, refused.err]).toEqual([
      1,
      'runnerwatch: send the token of alertmanager.token as bearer token\n',
    ]);
    using folder = temporaryFolder({ token: 'the-token\n' });
    const sent = await cli('resend', String(letter?.id), '--token-file', join(folder.path, 'token'));
    expect([sent.code, sent.out]).toEqual([0, `${letter?.id} is sent again to pager/webhook[0]\n`]);
  });

  it('are none, and nothing is told, where the rules are evaluated elsewhere', async () => {
    await using server = await startServer({ settings: { rules: { enabled: false } } });
    for (const path of ['notifications/dead', 'alerts/why?alertname=A']) {
      expect((await fetch(`${server.url}/api/v1/${path}`)).status).toBe(503);
    }
    expect((await post(`${server.url}/api/v1/notifications/resend`, { all: true })).status).toBe(503);
  });
});
