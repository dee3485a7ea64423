import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRouting } from '../../../src/alerts/routing.ts';
import { rfc3339, systemClock } from '../../../src/lib/clock.ts';
import { createHttpClient } from '../../../src/lib/http.ts';
import type { Alert, Notification } from '../../../src/model/alert.ts';
import { listen } from '../../support/listen.ts';
import { selfSigned } from '../../support/probe/certificates.ts';
import { startAlertmanager, temporaryFolder } from '../../support/processes.ts';
import { needs } from '../../support/services.ts';
import { createMailSink, type MailSink, partsOf } from '../../support/smtp.ts';
import { waitUntil } from '../../support/wait.ts';
import { alert } from '../support/house.ts';

const externalURL = 'http://am.example:9093/path';
const stack = new AsyncDisposableStack();
const clock = systemClock;

/** What came to one path: `POST /slack`, its type and its body as data, whichever way it was sent. */
interface Told {
  readonly path: string;
  readonly type: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

interface Side {
  readonly told: Told[];
  readonly port: number;
  readonly proxy: number;
  readonly mail: MailSink;
}

/** Pushover's parameters are in the URL there and in the body here. */
function paramsOf(url: URL, body: string): unknown {
  return Object.fromEntries([...url.searchParams, ...new URLSearchParams(body)].sort());
}

async function startSide(tls: { readonly key: string; readonly cert: string }): Promise<Side> {
  const told: Told[] = [];
  const answer: RequestListener = async (request, response) => {
    const url = new URL(request.url ?? '', 'http://sink');
    const body = await text(request);
    const isPushover = url.pathname.startsWith('/1/');
    const { authorization, 'content-type': type = '' } = request.headers;
    told.push({ path: url.pathname, type, authorization, body: isPushover ? paramsOf(url, body) : JSON.parse(body) });
    const isJson = url.pathname.startsWith('/bot') || url.pathname === '/app';
    response.setHeader('content-type', isJson ? 'application/json' : 'text/plain');
    response.end(isJson ? '{"ok":true,"result":{"message_id":1,"chat":{"id":1}}}' : 'ok');
  };
  const secure = await listen(createSecureServer(tls, answer), stack);
  const tunnel = createServer();
  tunnel.on('connect', (_, socket) => {
    const onward = connect(secure, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  const mail = stack.use(await createMailSink({ disabledCommands: ['STARTTLS'] }));
  return { told, port: await listen(createServer(answer), stack), proxy: await listen(tunnel, stack), mail };
}

/** Every function and method that a template may use. */
const everything = [
  '{{ .Receiver }} {{ .Status | title }} {{ .ExternalURL }} {{ len .Alerts.Resolved }}',
  '{{ range .Alerts }}[{{ .Fingerprint }} {{ .StartsAt }} {{ .EndsAt.IsZero }} {{ .Labels }}]{{ end }}',
  '{{ (index .Alerts 0).StartsAt | date "Mon Jan _2 15:04:05.000 MST 2006" }}',
  '{{ (index .Alerts 0).StartsAt | tz "Europe/Vienna" | date "2006-01-02T15:04:05Z07:00 Monday January 2 3PM MST" }}',
  '{{ .CommonLabels.SortedPairs }} {{ .CommonLabels.Names }} {{ .GroupLabels.Values | join "," }}',
  '{{ .CommonLabels.Remove (stringSlice "team" "env") }} {{ .CommonAnnotations.runbook }} {{ .CommonLabels.none }}|',
  '{{ reReplaceAll "([a-z]+)-(\\\\d)" "$2-$1" "abc-1 de-2" }} {{ match "^a.c$" "abc" }} {{ toUpper "aß" }}',
  '{{ trimSpace "  x " }} {{ title "aB cd-ef it\'s" }} {{ safeHtml "<b>" }} {{ humanizeDuration 3725 }}',
  '{{ toJson .CommonLabels }} {{ urlUnescape "a%20b" }} {{ printf "%q %v" "x" .GroupLabels }}',
];

function configFor({ port, proxy, mail }: Side): string {
  const url = `http://127.0.0.1:${port}`;
  const fields = everything.map((value, index) => ({
    title: `t${index}`,
    value,
    ...(index > 6 ? { short: true } : {}),
  }));
  const slack = { api_url: `${url}/slack`, send_resolved: true };
  const telegram = { api_url: url, bot_token: 'tok', chat_id: -5 };
  const receiver = {
    name: 'team.a+b',
    slack_configs: [
      { ...slack, channel: '#ci' },
      {
        ...slack,
        api_url: `${url}/slack2`,
        fields,
        short_fields: false,
        link_names: true,
        mrkdwn_in: ['text'],
        title: '{{ .Status }}é'.padEnd(1100, 'ü'),
        actions: [
          { type: 'button', text: 'go', url: 'http://x/{{ .Status }}', name: 'gone' },
          {
            type: 'button',
            text: 't',
            name: 'n',
            value: 'v',
            style: 'danger',
            confirm: { text: 'sure', ok_text: 'y' },
          },
        ],
      },
      {
        send_resolved: true,
        app_token: 'xoxb',
        app_url: `${url}/app`,
        message_text: 'm {{ .Status }}',
        icon_emoji: ':x:',
      },
    ],
    discord_configs: [
      { webhook_url: `${url}/discord` },
      {
        webhook_url: `${url}/discord2`,
        content: 'c {{ .Status }}'.padEnd(2100, 'ü'),
        title: 'ü'.repeat(300),
        message: 'ü'.repeat(4100),
        username: 'u {{ .Status }}',
        avatar_url: 'http://a/',
      },
    ],
    telegram_configs: [
      telegram,
      { ...telegram, bot_token: 'tok2', parse_mode: 'Markdown', message_thread_id: 7, disable_notifications: true },
      { ...telegram, bot_token: 'tok3', parse_mode: '', message: 'ü'.repeat(4100) },
    ],
    msteamsv2_configs: [{ webhook_url: `${url}/teams` }],
    pushover_configs: [
      {
        user_key: 'user',
        token: 'token',
        ttl: '1h',
        http_config: { proxy_url: `http://127.0.0.1:${proxy}`, tls_config: { insecure_skip_verify: true } },
      },
    ],
    email_configs: [
      {
        to: 'A <a@example.org>, b@example.org',
        send_resolved: true,
        text: '{{ template "discord.default.message" . }}',
        headers: { 'x-status': '{{ .Status }} ü' },
      },
    ],
  };
  return JSON.stringify({
    global: { smtp_smarthost: `127.0.0.1:${mail.port}`, smtp_from: 'am@example.org', smtp_require_tls: false },
    route: { receiver: receiver.name, group_by: ['alertname'], group_wait: '1s', group_interval: '300ms' },
    receivers: [receiver],
  });
}

const common = { alertname: 'Down', team: 'ci', env: 'test' };
/** Begun just now, so that nobody flushes before group_wait, when only one of them may be in. */
const alertsFrom = (begin: number): readonly Alert[] =>
  [
    { ...common, instance: 'a<b>&"', severity: 'page' },
    { ...common, instance: 'b', path: "C:\\x 'y'+z" },
  ].map((labels, index) =>
    alert(labels, {
      startsAt: begin + index * 10,
      endsAt: Date.now() + 3_600_000,
      annotations: { summary: `S <${index}> & "q"`, runbook: 'http://runbook/?a=b&c=d' },
      generatorURL: `http://rw/graph?g0.expr=up+%3D%3D+${index}&g0.tab=1`,
    }),
  );

async function post(url: string, alerts: readonly Alert[]): Promise<void> {
  const body = alerts.map(({ labels, annotations, startsAt, endsAt, generatorURL }) => ({
    labels,
    annotations,
    startsAt: rfc3339(startsAt),
    endsAt: rfc3339(endsAt),
    generatorURL,
  }));
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

/** In one order, since integrations of a receiver are told at the same time. */
function sorted(told: readonly Told[]): readonly Told[] {
  return [...told].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What a reader sees of HTML, with spaces squeezed. */
function visible(html = ''): string {
  const body = html.replace(/<(style|head)[\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ');
  return body.replace(/\s+/g, ' ').trim();
}

function links(html = ''): readonly string[] {
  return [...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href);
}

const perRound = 10;

describe.skipIf(needs('alertmanager') || needs('openssl'))('a real Alertmanager with the same file', () => {
  let theirs: Side;
  let ours: Side;
  const rounds = ['firing', 'one of them resolved', 'all resolved'] as const;

  beforeAll(async () => {
    const certificate = selfSigned(stack.use(temporaryFolder()).path, 'pushover', { endsIn: 86_400 });
    theirs = await startSide(certificate);
    ours = await startSide(certificate);
    const args = [`--web.external-url=${externalURL}`, '--web.route-prefix=/'];
    const real = stack.use(await startAlertmanager({ configText: configFor(theirs), args }));
    const routing = loadRouting('alertmanager.yml', configFor(ours));
    const [integrations = []] = routing.receivers.values();
    const firing = alertsFrom(Date.now());
    for (const round of rounds.keys()) {
      const alerts = firing.map((each, index) => (index < round ? { ...each, endsAt: Date.now() } : each));
      await post(real.url, alerts);
      const count = (round + 1) * perRound;
      await waitUntil(() => theirs.told.length >= count && theirs.mail.mails.length > round, {
        timeoutMs: 15_000,
        what: () => `${count} messages among ${JSON.stringify(theirs.told.map(({ path }) => path))}`,
      });
      const notification: Notification = {
        groupKey: '{}:{alertname="Down"}',
        receiver: 'team.a+b',
        groupLabels: { alertname: 'Down' },
        alerts,
        at: Date.now(),
        truncatedAlerts: 0,
      };
      const deps = {
        http: createHttpClient(clock),
        clock,
        externalURL,
        userAgent: 'rw',
        readFile: () => Promise.reject(),
      };
      const { signal } = new AbortController();
      const results = await Promise.all(integrations.map((each) => each.send(deps, notification, signal)));
      expect(results).toEqual(integrations.map(() => ({ ok: true })));
    }
  }, 60_000);
  afterAll(() => stack.disposeAsync());

  it.each(rounds.map((name, round) => [name, round] as const))('is told alike: %s', (_, round) => {
    const part = ({ told }: Side): readonly Told[] => sorted(told.slice(round * perRound, (round + 1) * perRound));
    expect(part(theirs)).toHaveLength(perRound);
    for (const [index, told] of part(ours).entries()) {
      const type = told.path.startsWith('/1/') ? 'text/plain' : told.type;
      expect({ ...told, type }).toEqual(part(theirs)[index]);
    }
  });

  it.each(rounds.map((name, round) => [name, round] as const))('is mailed alike: %s', (_, round) => {
    const [own, real] = [ours, theirs].map(({ mail }) => mail.mails[round]);
    expect([own?.from, own?.to]).toEqual([real?.from, real?.to]);
    const [left, right] = [own, real].map((mail) => partsOf(mail?.source ?? ''));
    expect(left?.parts['text/plain']?.trim()).toBe(right?.parts['text/plain']?.trim());
    expect(visible(left?.parts['text/html'])).toBe(visible(right?.parts['text/html']));
    expect(links(left?.parts['text/html'])).toEqual(links(right?.parts['text/html']));
    const subject = (headers = ''): string | undefined => /^Subject: (.*?)\s*$/m.exec(headers)?.[1];
    expect(subject(left?.headers)).toBe(subject(right?.headers));
  });
});
