import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { type TransportTls, tlsOptions } from './http-transport.ts';

export interface Smarthost {
  readonly host: string;
  readonly port: number;
  /** `implicit` from the first byte, `starttls` or no mail, or `none`. */
  readonly encryption: 'implicit' | 'starttls' | 'none';
  readonly tls: TransportTls;
  /** Name to greet with. */
  readonly hello: string | undefined;
  readonly login: { readonly user: string; readonly secret: string; readonly isCramMd5: boolean } | undefined;
}

export interface Mail {
  /** Lists of addresses, as they stand in a header. */
  readonly from: string;
  readonly to: string;
  /** What the headers show instead. */
  readonly shownFrom: string;
  readonly shownTo: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent where empty. */
  readonly text: string;
  readonly html: string;
}

/** A mail that no server would take, whoever is asked. */
export class MailAddressError extends Error {
  override readonly name = 'MailAddressError';
}

const stepTimeoutMs = 10_000;
const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;

/**
 * Sends one mail and returns when the server has taken it. Throws an Error that names the step and the server's code,
 * never its text, which may repeat what it was told.
 */
export async function sendMail(server: Smarthost, mail: Mail, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const message = await compose(mail);
  const connection = new SMTPConnection(connectionOptions(server));
  const cut = (): void => connection.close();
  signal.addEventListener('abort', cut, { once: true });
  try {
    await step('could not be reached', connection, (done) => connection.connect((error) => done(error ?? null)));
    await logIn(connection, server);
    await step('did not take the mail', connection, (done) =>
      connection.send(message.envelope, message.raw, (error, info) => done(error ?? rejection(info.rejected.length))),
    );
    connection.quit();
  } finally {
    signal.removeEventListener('abort', cut);
    connection.close();
  }
}

function rejection(rejected: number): Error | null {
  return rejected === 0 ? null : new Error(`${rejected} recipients were refused`);
}

function connectionOptions({ host, port, encryption, tls, hello }: Smarthost) {
  return {
    host,
    port,
    secure: encryption === 'implicit',
    requireTLS: encryption === 'starttls',
    ignoreTLS: encryption === 'none',
    ...(hello === undefined ? {} : { name: hello }),
    tls: tlsOptions(tls, host),
    connectionTimeout: stepTimeoutMs,
    greetingTimeout: stepTimeoutMs,
    socketTimeout: stepTimeoutMs,
  };
}

/** Where the server asks for no login, there is none; a password never goes out in the clear. */
async function logIn(connection: SMTPConnection, { host, login }: Smarthost): Promise<void> {
  if (!login || !connection.allowsAuth) return;
  const { user, secret, isCramMd5 } = login;
  if (!isCramMd5 && !connection.secure && !loopback.test(host)) {
    throw new Error('the mail server offers no TLS, and the password is not sent without');
  }
  const method = isCramMd5 ? { method: 'CRAM-MD5' } : {};
  const credentials = { user, pass: secret, options: {} };
  await step('did not accept the login', connection, (done) => connection.login({ ...method, credentials }, done));
}

/** One exchange with the server; an error that comes from elsewhere ends it too. */
async function step(
  what: string,
  connection: SMTPConnection,
  run: (done: (error: Error | null) => void) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (error: Error): void => reject(error);
  connection.on('error', fail);
  connection.once('end', () => reject(new Error('the connection was closed')));
  run((error) => (error ? reject(error) : resolve()));
  try {
    await promise;
  } catch (error) {
    throw new Error(`the mail server ${what}${detailOf(error)}`);
  }
}

function detailOf(error: unknown): string {
  const { responseCode, code } = error as { responseCode?: unknown; code?: unknown };
  const said = typeof responseCode === 'number' ? responseCode : code;
  return typeof said === 'number' || typeof said === 'string' ? ` (${said})` : '';
}

/** Text first, HTML last, as RFC 2046, 5.1.4 wants the better one. */
async function compose({ from, to, shownFrom, shownTo, headers, text, html }: Mail) {
  const composer = new MailComposer({
    from: shownFrom,
    to: shownTo,
    envelope: { from, to },
    headers: Object.entries(headers).map(([key, value]) => ({ key, value: value.replace(/\s*[\r\n]+\s*/g, ' ') })),
    ...(text === '' ? {} : { text }),
    ...(html === '' ? {} : { html }),
    textEncoding: 'quoted-printable',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const node = composer.compile();
  const envelope = node.getEnvelope();
  const sender = envelope.from;
  if (typeof sender !== 'string' || sender === '') throw new MailAddressError('found no sender to mail from');
  if (envelope.to.length === 0) throw new MailAddressError('found nobody to mail to');
  return { envelope: { from: sender, to: [...envelope.to] }, raw: await node.build() };
}
