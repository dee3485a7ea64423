import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { email } from '../../../src/alerts/receivers/email.ts';
import type { Delivery, Globals } from '../../../src/alerts/receivers/receiver.ts';
import type { Notification } from '../../../src/model/alert.ts';
import { type Certificate, selfSigned } from '../../support/probe/certificates.ts';
import { temporaryFolder } from '../../support/processes.ts';
import { freePort, needs } from '../../support/services.ts';
import { createMailSink, type MailSink, partsOf } from '../../support/smtp.ts';
import { alert, start } from '../support/house.ts';
import { toolsWith } from '../support/tools.ts';

const secret = 'a-secret-that-nobody-may-see';
const notification: Notification = {
  groupKey: '{}:{}',
  receiver: 'team',
  groupLabels: { alertname: 'Down' },
  alerts: [alert({ alertname: 'Down', instance: '<a&b>' }, { annotations: { summary: 'Grüße "x"' } })],
  at: start,
  truncatedAlerts: 0,
};
const stack = new AsyncDisposableStack();
let certificate: Certificate;

async function send(config: object, globals: Globals = {}): Promise<Delivery> {
  const tools = toolsWith(() => Promise.reject(new Error('no HTTP')), {
    readFile: async (path) => (path === '/secret' ? `${secret}\n` : certificate.cert),
  });
  const complete = email.complete?.(email.config.parse(config), globals);
  if (complete === undefined || typeof complete === 'string') throw new Error(complete);
  return email.send(tools, complete, notification, new AbortController().signal);
}

const base = { to: 'Team <team@example.org>, boss@example.org', from: 'rw@example.org' };

function withLogin(sink: MailSink): object {
  return { ...base, smarthost: `127.0.0.1:${sink.port}`, auth_username: 'rw', auth_password_file: '/secret' };
}

/** Takes this user with the secret alone; CRAM-MD5 asks for a proof of it. */
const onAuth: NonNullable<Parameters<typeof createMailSink>[0]>['onAuth'] = (auth, _, done) => {
  const isRight = auth.method === 'CRAM-MD5' ? auth.validatePassword(secret) : auth.password === secret;
  return isRight ? done(null, { user: `${auth.username} by ${auth.method}` }) : done(new Error(`wrong ${secret}`));
};

describe.skipIf(needs('openssl'))('a mail', () => {
  beforeAll(() => {
    certificate = selfSigned(stack.use(temporaryFolder()).path, 'mail', { endsIn: 86_400 });
  });
  afterAll(() => stack.disposeAsync());

  const tls = () => ({ key: certificate.key, cert: certificate.cert });
  const sinkWith = async (options: Parameters<typeof createMailSink>[0]): Promise<MailSink> =>
    stack.use(await createMailSink(options));

  it.each(['PLAIN', 'LOGIN'])('goes by STARTTLS after a login by %s', async (method) => {
    const sink = await sinkWith({ ...tls(), authMethods: [method], onAuth, authOptional: false });
    const delivery = await send({ ...withLogin(sink), tls_config: { ca_file: '/ca' } });
    expect(delivery).toEqual({ ok: true });
    const [mail] = sink.mails;
    expect(mail).toMatchObject({
      from: 'rw@example.org',
      to: ['team@example.org', 'boss@example.org'],
      isSecure: true,
      user: `rw by ${method}`,
    });
  });

  it('proves its secret by CRAM-MD5', async () => {
    const sink = await sinkWith({ ...tls(), authMethods: ['CRAM-MD5'], onAuth, authOptional: false });
    const config = { ...base, smarthost: `127.0.0.1:${sink.port}`, auth_username: 'rw', auth_secret_file: '/secret' };
    expect(await send({ ...config, tls_config: { ca_file: '/ca' } })).toEqual({ ok: true });
    expect(sink.mails[0]?.user).toBe('rw by CRAM-MD5');
  });

  it('goes by TLS from the first byte where it is told', async () => {
    const sink = await sinkWith({ ...tls(), secure: true });
    const config = { ...base, force_implicit_tls: true, smarthost: `127.0.0.1:${sink.port}` };
    expect(await send({ ...config, tls_config: { ca_file: '/ca' } })).toEqual({ ok: true });
    expect(sink.mails[0]?.isSecure).toBe(true);
  });

  it('goes nowhere where the certificate is not trusted, or where there is no TLS', async () => {
    const sink = await sinkWith(tls());
    const plain = await sinkWith({ disabledCommands: ['STARTTLS'] });
    const failed = [await send(withLogin(sink)), await send(withLogin(plain))];
    expect(failed).toMatchObject([
      { ok: false, retry: true, reason: 'network' },
      { ok: false, retry: true, reason: 'network' },
    ]);
    expect([...sink.mails, ...plain.mails]).toEqual([]);
    expect(JSON.stringify(failed)).not.toContain(secret);
  });

  it('takes what it lacks from global, and greets as it is told', async () => {
    const sink = await sinkWith({ disabledCommands: ['STARTTLS'] });
    const globals = { smtp_smarthost: `127.0.0.1:${sink.port}`, smtp_from: 'all@example.org', smtp_require_tls: false };
    expect(await send({ to: 'a@example.org' }, globals)).toEqual({ ok: true });
    expect(sink.mails[0]).toMatchObject({ from: 'all@example.org', to: ['a@example.org'], isSecure: false });
    expect(email.complete?.(email.config.parse({ to: 'a@example.org' }), {})).toContain('smtp_from');
  });

  it('has headers, text and HTML by its templates', async () => {
    const sink = await sinkWith({ disabledCommands: ['STARTTLS'] });
    const config = {
      ...base,
      smarthost: `127.0.0.1:${sink.port}`,
      require_tls: false,
      headers: { 'x-status': '{{ .Status }}', subject: 'Über {{ len .Alerts }}\r\nBcc: spy@example.org' },
      text: '{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}',
    };
    expect(await send(config)).toEqual({ ok: true });
    const { headers, parts } = partsOf(sink.mails[0]?.source ?? '');
    expect(headers).toMatch(/^To: Team <team@example.org>, boss@example.org$/m);
    expect(headers).toMatch(/^X-Status: firing$/m);
    expect(headers).toMatch(/^Subject: =\?UTF-8\?Q\?=C3=9Cber_1_Bcc/m);
    expect(sink.mails[0]?.to).toEqual(['team@example.org', 'boss@example.org']);
    expect(parts['text/plain']?.trim()).toBe('Grüße "x"');
    expect(parts['text/html']).toContain('instance = &lt;a&amp;b&gt;<br>');
    expect(parts['text/html']).toContain('summary = Grüße &#34;x&#34;<br>');
  });

  it('says no secret where the login is refused', async () => {
    const sink = await sinkWith({ ...tls(), onAuth: (_, __, done) => done(new Error(`wrong ${secret}`)) });
    const delivery = await send({ ...withLogin(sink), tls_config: { ca_file: '/ca' } });
    expect(delivery).toEqual({
      ok: false,
      retry: true,
      reason: 'network',
      message: 'the mail server did not accept the login (535)',
    });
  });

  it('tries again where nobody listens, or somebody who hangs up or speaks no SMTP', async () => {
    const servers = ['', 'HTTP/1.1 400 Bad Request\r\n\r\n'].map((greeting) =>
      createServer((socket) => socket.end(greeting)),
    );
    const ports = await Promise.all([freePort(), ...servers.map((server) => listening(server))]);
    const results = await Promise.all(ports.map((port) => send({ ...base, smarthost: `127.0.0.1:${port}` })));
    for (const result of results) expect(result).toMatchObject({ ok: false, retry: true, reason: 'network' });
  });

  it('does not try again where there is nobody to mail to', async () => {
    const delivery = await send({ to: '{{ .CommonLabels.absent }}', from: 'rw@example.org', smarthost: '127.0.0.1:1' });
    expect(delivery).toMatchObject({ ok: false, retry: false, reason: 'config' });
  });
});

function listening(server: ReturnType<typeof createServer>): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  stack.defer(() => void server.close());
  server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  return promise;
}
