import { z } from 'zod';
import { reasonOf } from '../../lib/log.ts';
import { MailAddressError, type Smarthost, sendMail } from '../../lib/mail.ts';
import { readSecret, type SecretSource } from '../../lib/secret.ts';
import { atMostOne, FilePath, SecretText, secretOf } from '../http-config.ts';
import { TlsConfig, tlsOf } from '../tls-config.ts';
import { defineReceiver, type ReceiverTools, type Writer } from './receiver.ts';

const HostPort = z
  .string()
  .regex(/^(?:\[[^\]]+\]|[^:[\]]+):\d{1,5}$/, 'expected a host with a port, such as mail.example.com:587');

const Config = z
  .strictObject({
    to: z.string().min(1).describe('Template of the addresses to mail to.'),
    from: z.string().min(1).optional().describe('Template of the sender; global.smtp_from where absent.'),
    smarthost: HostPort.optional().describe('The mail server; global.smtp_smarthost where absent.'),
    hello: z.string().min(1).optional().describe('Name to greet it with; global.smtp_hello where absent.'),
    auth_username: z.string().min(1).optional().describe('Who logs in; global.smtp_auth_username where absent.'),
    auth_password: SecretText.optional().describe('Password, for PLAIN and LOGIN.'),
    auth_password_file: FilePath.optional().describe('A file that holds it.'),
    auth_secret: SecretText.optional().describe('Secret, for CRAM-MD5.'),
    auth_secret_file: FilePath.optional().describe('A file that holds it.'),
    auth_identity: z.string().optional().describe('Identity, for PLAIN; only the user’s own is known.'),
    require_tls: z
      .boolean()
      .optional()
      .describe('Whether it mails by STARTTLS or not at all; global.smtp_require_tls.'),
    force_implicit_tls: z.boolean().optional().describe('Whether TLS begins at once; on port 465 where absent.'),
    tls_config: TlsConfig.optional().describe('Certificates; global.smtp_tls_config where absent.'),
    headers: z.record(z.string(), z.string()).default({}).describe('Templates of more headers.'),
    html: z.string().default('{{ template "email.default.html" . }}').describe('Template of the HTML.'),
    text: z.string().default('').describe('Template of the text beside it.'),
    threading: z.strictObject({ enabled: z.literal(false).optional() }).optional(),
    send_resolved: z.boolean().default(false).describe('Whether it is told of what has ended.'),
  })
  .refine(...atMostOne('auth_password', 'auth_password_file'))
  .refine(...atMostOne('auth_secret', 'auth_secret_file'))
  .refine(
    ({ headers }) => new Set(Object.keys(headers).map(canonical)).size === Object.keys(headers).length,
    'each header once; upper and lower case are the same',
  )
  .refine(
    ({ auth_identity: identity, auth_username: user }) => !identity || identity === user,
    'no auth_identity but the user’s own',
  )
  .transform(({ auth_password, auth_password_file, auth_secret, auth_secret_file, ...rest }) => ({
    ...rest,
    password: secretOf(auth_password, auth_password_file),
    cramSecret: secretOf(auth_secret, auth_secret_file),
  }));

type Config = z.output<typeof Config>;

const EmailGlobals = z.object({
  smtp_from: z.string().min(1).optional(),
  smtp_smarthost: HostPort.optional(),
  smtp_hello: z.string().min(1).optional(),
  smtp_auth_username: z.string().min(1).optional(),
  smtp_auth_password: SecretText.optional(),
  smtp_auth_password_file: FilePath.optional(),
  smtp_auth_secret: SecretText.optional(),
  smtp_auth_secret_file: FilePath.optional(),
  smtp_require_tls: z.boolean().optional(),
  smtp_force_implicit_tls: z.boolean().optional(),
  smtp_tls_config: TlsConfig.optional(),
});

export const email = defineReceiver({
  kind: 'email',
  help: 'Mails HTML and text by an SMTP server.',
  config: Config,
  globals: EmailGlobals,
  complete(config, globals) {
    // Checked by this schema when the file was; its output does not fit it a second time.
    const all = globals as z.output<typeof EmailGlobals>;
    const complete = {
      ...config,
      from: config.from ?? all.smtp_from,
      smarthost: config.smarthost ?? all.smtp_smarthost,
      hello: config.hello ?? all.smtp_hello ?? 'localhost',
      auth_username: config.auth_username ?? all.smtp_auth_username,
      password: config.password ?? secretOf(all.smtp_auth_password, all.smtp_auth_password_file),
      cramSecret: config.cramSecret ?? secretOf(all.smtp_auth_secret, all.smtp_auth_secret_file),
      require_tls: config.require_tls ?? all.smtp_require_tls ?? true,
      force_implicit_tls: config.force_implicit_tls ?? all.smtp_force_implicit_tls,
      tls_config: config.tls_config ?? all.smtp_tls_config,
    };
    if (complete.from === undefined) return 'Give it a from, or put smtp_from into global';
    if (complete.smarthost === undefined) return 'Give it a smarthost, or put smtp_smarthost into global';
    return complete;
  },
  async send(deps, config, notification, signal) {
    const writer = deps.writer(notification);
    const mail = mailOf(config, writer);
    try {
      await sendMail(await smarthostOf(config, deps), mail, signal);
      return { ok: true };
    } catch (error) {
      const isAddress = error instanceof MailAddressError;
      return { ok: false, retry: !isAddress, reason: isAddress ? 'config' : 'network', message: reasonOf(error) };
    }
  },
});

function mailOf(config: Config, { text, html }: Writer) {
  const own = Object.entries(config.headers).map(([name, template]) => [canonical(name), text(template)] as const);
  const { From, To, ...headers } = Object.fromEntries(own);
  const from = text(config.from ?? '');
  const to = text(config.to);
  return {
    from,
    to,
    shownFrom: From ?? from,
    shownTo: To ?? to,
    headers: { Subject: text('{{ template "email.default.subject" . }}'), ...headers },
    text: text(config.text),
    html: html(config.html),
  };
}

/** `x-my-header` → `X-My-Header` */
function canonical(name: string): string {
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

async function smarthostOf(config: Config, deps: ReceiverTools): Promise<Smarthost> {
  const readFile = (path: string): Promise<string> => deps.readFile(path);
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(config.smarthost ?? '') ?? [];
  const isImplicit = config.force_implicit_tls ?? port === '465';
  const plain = config.require_tls === false ? 'none' : 'starttls';
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port),
    encryption: isImplicit ? 'implicit' : plain,
    tls: config.tls_config ? await tlsOf(config.tls_config, readFile) : {},
    hello: config.hello,
    login: await loginOf(config, readFile),
  };
}

async function loginOf(
  { auth_username: user, password, cramSecret }: Config,
  readFile: (path: string) => Promise<string>,
): Promise<Smarthost['login']> {
  const source: SecretSource | undefined = password ?? cramSecret;
  if (user === undefined || !source) return undefined;
  return { user, secret: await readSecret(source, readFile), isCramMd5: !password };
}
